package baseline

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/applicability"
)

func (d *decoder) baseline(raw []byte, b *Baseline) {
	d.object("", raw, fields{
		"version":  d.value(&b.Version),
		"name":     d.value(&b.Name),
		"revision": d.value(&b.Revision),
		"title":    d.value(&b.Title),
		"checks": func(path string, raw []byte) {
			d.array(path, raw, func(path string, raw []byte) {
				b.Checks = append(b.Checks, Check{})
				d.id = ""
				d.check(path, raw, &b.Checks[len(b.Checks)-1])
			})
		},
		"exceptions": func(path string, raw []byte) {
			d.array(path, raw, func(path string, raw []byte) {
				b.Exceptions = append(b.Exceptions, Exception{})
				d.id = ""
				d.exception(path, raw, &b.Exceptions[len(b.Exceptions)-1])
			})
		},
	})
}

func (d *decoder) check(path string, raw []byte, c *Check) {
	d.object(path, raw, fields{
		"id":         d.value(&c.ID),
		"title":      d.value(&c.Title),
		"rationale":  d.value(&c.Rationale),
		"references": d.value(&c.References),
		"class":      d.value(&c.Class),
		"severity":   d.value(&c.Severity),
		"applies":    d.footprint(&c.Applies),
		"expect":     d.footprint(&c.Expect),
		"inForce":    d.footprint(&c.InForce),
		"restart":    d.value(&c.Restart),
		"remedy": func(path string, raw []byte) {
			c.Remedy = new(Remedy)
			d.remedy(path, raw, c.Remedy)
		},
	})
}

func (d *decoder) remedy(path string, raw []byte, r *Remedy) {
	d.object(path, raw, fields{
		"requires": d.value(&r.Requires),
		"estimate": d.duration(&r.Estimate),
		"payloads": func(path string, raw []byte) {
			d.array(path, raw, func(path string, raw []byte) {
				r.Payloads = append(r.Payloads, applicability.Payload{})
				d.payload(path, raw, &r.Payloads[len(r.Payloads)-1])
			})
		},
	})
}

func (d *decoder) payload(path string, raw []byte, p *applicability.Payload) {
	d.object(path, raw, fields{
		"name":      d.value(&p.Name),
		"size":      d.value(&p.Size),
		"digest":    d.value(&p.Digest),
		"locations": d.value(&p.Locations),
		"when":      d.footprint(&p.When),
		"removes":   d.value(&p.Removes),
	})
}

func (d *decoder) exception(path string, raw []byte, e *Exception) {
	d.object(path, raw, fields{
		"id":      d.value(&e.ID),
		"kind":    d.value(&e.Kind),
		"patches": d.value(&e.Patches),
		"where":   d.footprint(&e.Where),
		"holds":   d.footprint(&e.Holds),
		"owner":   d.value(&e.Owner),
		"reason":  d.value(&e.Reason),
		"from":    d.instant(&e.From),
		"expires": d.instant(&e.Expires),
	})
}

// MarshalJSON writes what Read reads. Footprints are in their JSON form,
// instants in UTC, the version is Version.
func (b Baseline) MarshalJSON() ([]byte, error) {
	type plain Baseline
	out := plain(b)
	out.Version = Version
	out.Exceptions = slices.Clone(b.Exceptions)
	for i := range out.Exceptions {
		e := &out.Exceptions[i]
		e.From, e.Expires = utc(e.From), utc(e.Expires)
	}
	return json.Marshal(out)
}

// MarshalJSON writes the estimate as a duration in text.
func (r Remedy) MarshalJSON() ([]byte, error) {
	type plain Remedy
	out := struct {
		plain
		Estimate string `json:"estimate,omitempty"`
	}{plain: plain(r)}
	if r.Estimate != 0 {
		out.Estimate = r.Estimate.String()
	}
	return json.Marshal(out)
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
