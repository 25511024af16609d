package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

var (
	// ErrDenied is wrapped by every DeniedError.
	ErrDenied = errors.New("coordinator: not allowed")
	// ErrNotForPeople is returned by Submit for a command that is the coordinator's
	// own (Tick, TakeOver), the hosts' (Reports, Ready), or that has another door
	// (Start: Propose).
	ErrNotForPeople = errors.New("coordinator: command cannot be submitted")
)

// DeniedError says that the Authorizer refused. Nothing was done.
type DeniedError struct {
	Who    string
	What   Action
	Scope  Scope
	Reason fettle.Reason
}

// Error names who, what and the scope.
func (e *DeniedError) Error() string {
	about := "region " + string(e.Scope.Region)
	if e.Scope.Rollout != "" {
		about = "rollout " + string(e.Scope.Rollout)
	}
	return fmt.Sprintf("%v: %q may not %s in %s (%s)", ErrDenied, e.Who, e.What, about, e.Reason.Code)
}

// Unwrap returns ErrDenied.
func (e *DeniedError) Unwrap() error { return ErrDenied }

// Submit carries out a command of somebody whom the caller has authenticated as
// who, if the Authorizer allows it, and returns once it is durable. Where the
// command has a field By, it becomes who: nobody speaks in another's name.
//
// The error is a *DeniedError, ErrNotForPeople, a *rollout.CommandError that
// says why the command is illegal here, a *FollowerError or ErrStopped; with
// these nothing was done. If it is that of ctx, or of the journal, it is unknown
// whether the command took effect.
func (c *Coordinator) Submit(ctx context.Context, who string, command rollout.Command) (Receipt, error) {
	what, about, signed := sign(command, who)
	if what == "" {
		return Receipt{}, fmt.Errorf("%w: %T", ErrNotForPeople, command)
	}
	if err := c.allow(ctx, who, what, about); err != nil {
		return Receipt{}, err
	}
	if configure, ok := signed.(rollout.Configure); ok && configure.Config.Region != c.region.Config.Region {
		return Receipt{}, fmt.Errorf("coordinator: configuration of region %q: this is %q: %w",
			configure.Config.Region, c.region.Config.Region, rollout.ErrMisdirected)
	}
	return c.submit(ctx, signed)
}

func (c *Coordinator) submit(ctx context.Context, command rollout.Command) (Receipt, error) {
	x := &call{command: command}
	if err := c.do(ctx, x); err != nil {
		return Receipt{}, err // x may still be at work
	}
	return x.receipt, nil
}

func (c *Coordinator) allow(ctx context.Context, who string, what Action, about rollout.ID) error {
	scope := Scope{Region: c.region.Config.Region, Rollout: about}
	verdict, err := c.o.Authorizer.Allow(ctx, who, what, scope)
	switch {
	case err != nil:
		return fmt.Errorf("coordinator: asking whether %q may %s: %w", who, what, err)
	case !verdict.Allowed:
		return &DeniedError{Who: who, What: what, Scope: scope, Reason: verdict.Reason}
	}
	return nil
}

// sign returns the command with who as its author, the action that it is, and
// the rollout that it is about. The action is empty for a command that is not
// for people.
func sign(command rollout.Command, who string) (what Action, about rollout.ID, signed rollout.Command) {
	switch x := command.(type) {
	case rollout.Configure:
		x.By = who
		return ActConfigure, "", x
	case rollout.Approve:
		x.By = who
		return ActApprove, x.Rollout, x
	case rollout.Pause:
		x.By = who
		return ActPause, x.Rollout, x
	case rollout.Resume:
		x.By = who
		return ActResume, x.Rollout, x
	case rollout.Abort:
		x.By = who
		return ActAbort, x.Rollout, x
	case rollout.Retire:
		x.By = who
		return ActRetire, x.Rollout, x
	case rollout.Join, rollout.Relabel:
		return ActJoin, "", x
	case rollout.Leave:
		x.By = who
		return ActLeave, "", x
	case rollout.Release:
		x.By = who
		return ActRelease, "", x
	case rollout.Lift:
		x.By = who
		return ActLift, "", x
	case rollout.Signal:
		x.By = who
		return ActSignal, x.Rollout, x
	case rollout.Permit:
		x.By = who
		return ActPermit, x.Rollout, x
	case rollout.Pool:
		return ActPool, "", x
	default:
		return "", "", nil
	}
}

// Propose starts a rollout from its signed spec (SpecType), in the name of who,
// whom the caller has authenticated. It checks that as many keys of Region.Specs
// signed it as must, keeps the envelope as content of the spec's digest, where
// hosts fetch it, and looks which of the payloads it names are at hand. Members
// join afterwards; see Members.
//
// Errors are those of rollout.OpenSpec and of Submit, and that of Content.
func (c *Coordinator) Propose(ctx context.Context, who string, sealed fettle.Envelope) (Receipt, error) {
	spec, digest, err := rollout.OpenSpec(sealed, c.region.Specs)
	if err != nil {
		return Receipt{}, err
	}
	if err := c.allow(ctx, who, ActPropose, spec.ID); err != nil {
		return Receipt{}, err
	}
	if c.o.Content == nil {
		return Receipt{}, errors.New("coordinator: option Content is nil: want a place for the signed spec, where hosts fetch it")
	}
	bytes, err := json.Marshal(sealed)
	if err != nil {
		return Receipt{}, fmt.Errorf("coordinator: writing the signed spec: %w", err)
	}
	if err := c.o.Content.Put(ctx, digest, bytes); err != nil {
		return Receipt{}, fmt.Errorf("coordinator: keeping the signed spec: %w", err)
	}
	present, err := c.present(ctx, spec)
	if err != nil {
		return Receipt{}, err
	}
	return c.submit(ctx, rollout.Start{Spec: spec, Digest: digest, By: who, Present: present})
}

// present returns the payloads that the spec names and that are at hand.
func (c *Coordinator) present(ctx context.Context, spec *rollout.Spec) ([]fettle.Digest, error) {
	var named []rollout.PatchRef
	named = append(named, spec.Patches...)
	if spec.Backout != nil {
		for _, p := range spec.Backout.Patches {
			named = append(named, p.PatchRef)
		}
	}
	var found []fettle.Digest
	for _, p := range named {
		for _, digest := range p.Payloads {
			content, err := c.o.Content.Open(ctx, digest, 0)
			if errors.Is(err, rollout.ErrNoContent) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("coordinator: looking for payload %s of %s: %w", digest, p.ID, err)
			}
			if err := content.Close(); err != nil {
				return nil, fmt.Errorf("coordinator: looking for payload %s of %s: %w", digest, p.ID, err)
			}
			found = append(found, digest)
		}
	}
	return found, nil
}
