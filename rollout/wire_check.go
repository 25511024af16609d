package rollout

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
)

// Bounds of what messages hold.
const (
	maxItems = 64   // rollouts of a grant or a report
	maxOps   = 64   // operations of an Ask
	maxNeeds = 1000 // patches that a host says it needs, as many as a spec has
)

func (g *Grant) problems() Problems {
	f := &finder{}
	f.text("op", string(g.Op))
	f.word("region", string(g.Region))
	f.number("epoch", g.Epoch)
	f.text("host", string(g.Host))
	f.count("items", len(g.Items), 1, maxItems)
	seen := map[ID]bool{}
	for i, item := range g.Items {
		at := fmt.Sprintf("items[%d]", i)
		if seen[item.Rollout] {
			f.refuse(at+".rollout", string(item.Rollout), "it is there twice")
		}
		seen[item.Rollout] = true
		f.rolloutID(at+".rollout", item.Rollout)
		f.digest(at+".spec", item.Spec)
		f.count(at+".patches", len(item.Patches), 1, MaxPatches)
		f.patches(at+".patches", item.Patches)
	}
	f.instant("issued", g.Issued)
	if !g.StartBy.After(g.Issued) {
		f.refuse("startBy", g.StartBy.Format(time.RFC3339), "want an instant after issued")
	}
	if !g.EndBy.After(g.StartBy) {
		f.refuse("endBy", g.EndBy.Format(time.RFC3339), "want an instant after startBy")
	}
	return f.found
}

// BackoutSuffix ends the ID of a back-out: that of the rollout that it is for,
// followed by this.
const BackoutSuffix = "~backout"

// rolloutID checks the ID of a rollout or of the back-out of one.
func (f *finder) rolloutID(path string, id ID) {
	text := string(id)
	if n := len(text) - len(BackoutSuffix); n > 0 && text[n:] == BackoutSuffix {
		text = text[:n]
	}
	f.word(path, text)
}

func (r *Report) problems() Problems {
	f := &finder{}
	f.text("host", string(r.Host))
	f.word("region", string(r.Region))
	f.number("seq", r.Seq)
	f.text("boot", r.Boot)
	f.instant("at", r.At)
	if r.Ready != nil {
		f.count("ready.needs", len(r.Ready.Needs), 0, maxNeeds)
		once(f, "ready.needs", r.Ready.Needs, f.text)
	}
	f.count("results", len(r.Results), 0, maxItems)
	seen := map[ID]bool{}
	for i := range r.Results {
		at := fmt.Sprintf("results[%d]", i)
		f.result(at, &r.Results[i])
		if seen[r.Results[i].Rollout] {
			f.refuse(at+".rollout", string(r.Results[i].Rollout), "it is there twice")
		}
		seen[r.Results[i].Rollout] = true
	}
	return f.found
}

// result checks the form of a result. Whether it can be true is for State.
func (f *finder) result(at string, r *Result) {
	f.rolloutID(at+".rollout", r.Rollout)
	f.optional(at+".op", string(r.Op))
	f.optional(at+".reason", r.Reason)
	f.count(at+".patches", len(r.Patches), 0, MaxPatches)
	seen := map[fettle.PatchID]bool{}
	for i, p := range r.Patches {
		here := fmt.Sprintf("%s.patches[%d].patch", at, i)
		f.text(here, string(p.Patch))
		if seen[p.Patch] {
			f.refuse(here, string(p.Patch), "it is there twice")
		}
		seen[p.Patch] = true
	}
}

// ParseAsk reads an Ask. Like the other readers of this package it refuses
// members that it does not know; the way by which it came says which version of
// the form it is. The error joins a *Problem for each fault.
func ParseAsk(data []byte) (*Ask, error) {
	a, err := parseMessage[Ask]("ask", data, maxAskBytes)
	if err != nil {
		return nil, err
	}
	f := &finder{}
	f.text("host", string(a.Host))
	f.count("ops", len(a.Ops), 0, maxOps)
	once(f, "ops", a.Ops, f.text)
	if err := f.found.In("ask").Err(); err != nil {
		return nil, err
	}
	return a, nil
}

// ParseOffer reads an Offer, with the grants in Sealed; each is opened by
// OpenGrant.
func ParseOffer(data []byte) (*Offer, error) {
	return parseMessage[Offer]("offer", data, maxOfferBytes)
}

// ParseAck reads an Ack.
func ParseAck(data []byte) (*Ack, error) { return parseMessage[Ack]("ack", data, maxAskBytes) }
