// Package strictjson reads JSON into Go values and forgives nothing: a member
// that the value has no field for, a missing member, a null, a member named
// twice and text after the value are faults. What people sign must not be half
// understood.
//
// It goes on after a fault, so that one reading names every fault, each with
// the path of its place: rings[1].gates[0].rate.limit.
package strictjson
