// Package sequence puts the patches that a host is to get into an order with
// the fewest restarts: stages of patches, each closed by a restart where one of
// them asks for it.
//
// What it keeps to:
//
//   - A patch comes after what it requires: one of each set of alternatives. If
//     the required patch is in force only after a restart of the host, that
//     restart lies between them.
//   - A patch with RestartHostBeforeNext is the last of its stage.
//   - An exclusive patch is alone in its stage, and its stage begins with
//     nothing waiting for a restart.
//   - Two patches that conflict are not both installed.
//   - A patch whose restart is unknown is taken for one that needs the host
//     restarted, unless Options say otherwise.
//
// Where no patch is exclusive, wants the restart before the next, or leaves a
// choice of what to draw in, putting each patch into the first stage that it
// can be in gives the fewest restarts. Otherwise the number is found by a
// search of bounded length, and Plan.AtLeast says what no order can go below.
//
// It is pure: the same items give the same plan. When the stages may run is
// package schedule's business.
package sequence
