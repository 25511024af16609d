// Package oval reads OVAL 5 definitions, evaluates them on a host's inventory
// and makes patches of them.
//
// Parse reads a document and keeps the subset that this package evaluates: the
// tests family, uname, dpkginfo, rpminfo, textfilecontent54, file, registry,
// variable and unknown; criteria with AND, OR, ONE, XOR and negate,
// extend_definition, the existence and check enumerations, states, sets,
// filters and constant variables. What is outside it is remembered by name, and
// a definition that rests on it is refused.
//
// Evaluate gives each definition and test one of OVAL's six results. Truth maps
// them onto the library's three: error, unknown, not evaluated and not
// applicable are all Unknown.
//
// As a feed, a definition of class patch or vulnerability becomes a patch that
// is needed where the definition is true. Package tests become package
// criteria, as far as these say exactly the same; every other test becomes a
// fact named oval.TEST-ID, which Document.Observe enters in a host's inventory
// by evaluating the test there. A host on which nobody did so is Unknown.
// Needs says what a collector has to look at before.
//
// Where the standard leaves a choice, results are those of oscap; docs/decisions.md
// lists where they differ.
package oval
