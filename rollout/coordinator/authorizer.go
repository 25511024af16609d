package coordinator

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// Action is what somebody wants to do: the command's word.
type Action string

// The actions, one for each command that people and other systems give.
const (
	ActConfigure Action = "configure"
	ActPropose   Action = "propose"
	ActApprove   Action = "approve"
	ActPause     Action = "pause"
	ActResume    Action = "resume"
	ActAbort     Action = "abort"
	ActRetire    Action = "retire"
	ActJoin      Action = "join" // and relabel
	ActLeave     Action = "leave"
	ActRelease   Action = "release" // out of quarantine
	ActLift      Action = "lift"    // a block
	ActSignal    Action = "signal"
	ActPermit    Action = "permit" // a parent region's
	ActPool      Action = "pool"   // a child region's
)

func actions() []Action {
	return []Action{
		ActConfigure, ActPropose, ActApprove, ActPause, ActResume, ActAbort, ActRetire, ActJoin, ActLeave, ActRelease, ActLift,
		ActSignal, ActPermit, ActPool,
	}
}

// Scope is what an action is about. Its zero fields are "all of it".
type Scope struct {
	Region  rollout.RegionID
	Rollout rollout.ID // the rollout that the command names; "" is the region
}

// Verdict is an Authorizer's answer. The zero value refuses.
type Verdict struct {
	Allowed bool
	Reason  fettle.Reason // why not, or by what right
}

// Authorizer says what people may do.
//
// Allow says whether who, whom the caller has authenticated, may do what within
// scope. A refusal is a Verdict; an error means that the question could not be
// answered, and nothing is done. It honours ctx and is safe for concurrent use.
// That approvals come from enough different people, and not from the proposer,
// is the core's to watch; that a spec is signed by those who must is checked
// apart from this.
type Authorizer interface {
	Allow(ctx context.Context, who string, what Action, scope Scope) (Verdict, error)
}

// DenyAll is an Authorizer that refuses everything.
type DenyAll struct{}

// Allow implements Authorizer.
func (DenyAll) Allow(context.Context, string, Action, Scope) (Verdict, error) {
	return Verdict{Reason: fettle.Reason{Code: ReasonNoRole}}, nil
}

// ReasonNoRole is the reason of a refusal: no role of the person's allows it
// [who, what].
const ReasonNoRole = "no-role-allows-it"

// Role is a set of actions, on rollouts of some names.
type Role struct {
	Actions []Action `json:"actions"`
	// Rollouts are patterns of path.Match over rollout IDs: "weekly-*". Empty: every
	// rollout, and what is about the region as a whole, which no pattern matches.
	Rollouts []string `json:"rollouts,omitempty"`
}

// Roles is an Authorizer of fixed roles. Make it with NewRoles.
type Roles struct {
	roles   map[string]Role
	members map[string][]string
}

// NewRoles returns an Authorizer that lets people do what one of their roles
// allows. roles are by name; members are the names of the roles of each person.
// It keeps copies. The error names a role that is not there, an action that is
// none, or a pattern that cannot be.
func NewRoles(roles map[string]Role, members map[string][]string) (*Roles, error) {
	r := &Roles{roles: map[string]Role{}, members: map[string][]string{}}
	for name, role := range roles {
		for _, a := range role.Actions {
			if !slices.Contains(actions(), a) {
				return nil, fmt.Errorf("coordinator: role %q: action %q: want one of %q", name, a, actions())
			}
		}
		for _, pattern := range role.Rollouts {
			if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
				return nil, fmt.Errorf("coordinator: role %q: pattern %q: want one of path.Match", name, pattern)
			}
		}
		r.roles[name] = Role{slices.Clone(role.Actions), slices.Clone(role.Rollouts)}
	}
	for who, names := range members {
		for _, name := range names {
			if _, ok := roles[name]; !ok {
				return nil, fmt.Errorf("coordinator: %q has the role %q, which is not among the roles", who, name)
			}
		}
		r.members[who] = slices.Clone(names)
	}
	return r, nil
}

// Allow implements Authorizer.
func (r *Roles) Allow(_ context.Context, who string, what Action, scope Scope) (Verdict, error) {
	for _, name := range r.members[who] {
		if r.roles[name].allows(what, scope) {
			return Verdict{Allowed: true, Reason: fettle.Reason{Code: "role", Args: map[string]string{"role": name}}}, nil
		}
	}
	return Verdict{Reason: fettle.Reason{Code: ReasonNoRole, Args: map[string]string{"who": who, "what": string(what)}}}, nil
}

func (r Role) allows(what Action, scope Scope) bool {
	if !slices.Contains(r.Actions, what) {
		return false
	}
	return len(r.Rollouts) == 0 || slices.ContainsFunc(r.Rollouts, func(pattern string) bool {
		ok, err := path.Match(pattern, string(scope.Rollout))
		return ok && err == nil && scope.Rollout != ""
	})
}
