package oval

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

const (
	anyDeep  = "\x00" // in a glob: any characters, separators among them
	maxGlobs = 64     // of one object
	maxDepth = 4      // levels that anyDeep may span
)

// globs returns patterns of inventory.MatchPath that match every path at which
// an object can find a file, and false where there is no such list: a recursion
// from the root, a pattern that begins anywhere. deepest are those of them below
// whose folders nobody looks.
func globs(o *object) (all, deepest []string, bounded bool) {
	var whole []string
	if x := o.entity("filepath"); x != nil {
		whole = entityGlobs(x, anyDeep)
	} else {
		folder, name := o.entity("path"), o.entity("filename")
		if folder == nil || o.behaviors.up {
			return nil, nil, false
		}
		folders := belowEach(entityGlobs(folder, anyDeep), o.behaviors.depth)
		if whole = folders; name != nil && !name.isNil {
			whole = joined(folders, prefixed("/", entityGlobs(name, "*")))
		}
	}
	for _, glob := range whole {
		glob = strings.ReplaceAll(glob, "//", "/")
		if len(whole) > maxGlobs || !isBounded(glob) {
			return nil, nil, false
		}
		for span := range maxDepth {
			one := strings.ReplaceAll(glob, anyDeep, strings.Repeat("*/", span)+"*")
			if inventory.CheckPath(one) != nil {
				return nil, nil, false
			}
			all = append(all, one)
			if one == glob {
				break
			}
			if span == maxDepth-1 {
				deepest = append(deepest, one)
			}
		}
	}
	return all, deepest, len(all) > 0
}

// isBounded reports whether a glob begins somewhere, and what is deep lies below
// more than a folder of the root.
func isBounded(glob string) bool {
	if len(glob) > 2 && glob[1] == ':' {
		glob = "/" + strings.ReplaceAll(glob[2:], `\`, "/")
	}
	if !strings.HasPrefix(glob, "/") {
		return false
	}
	first, rest, _ := strings.Cut(glob[1:], "/")
	return !strings.ContainsAny(first, "*?"+anyDeep) && !strings.HasPrefix(rest, anyDeep)
}

// belowEach adds to each folder those that a recursion reaches.
func belowEach(folders []string, depth int) []string {
	if depth == 0 {
		return folders
	}
	below := slices.Clone(folders)
	for _, f := range folders {
		if depth < 0 || depth > maxDepth {
			below = append(below, f+"/"+anyDeep)
			continue
		}
		for n := 1; n <= depth; n++ {
			below = append(below, f+strings.Repeat("/*", n))
		}
	}
	return below
}

func prefixed(prefix string, all []string) []string { return joined([]string{prefix}, all) }

// joined returns every member of a followed by every member of b.
func joined(a, b []string) []string {
	var all []string
	for _, x := range a {
		for _, y := range b {
			if all = append(all, x+y); len(all) > maxGlobs {
				return all
			}
		}
	}
	return all
}

// entityGlobs returns globs of the values that an entity can name; wild stands
// for any of them.
func entityGlobs(e *entity, wild string) (all []string) {
	switch e.op {
	case "equals":
		return e.values
	case "pattern match":
		for _, v := range e.values {
			re, err := syntax.Parse(v, syntax.Perl)
			if err != nil {
				return []string{wild}
			}
			all = append(all, prefixed(anywhere, joined(patternGlobs(re), []string{anywhere}))...)
		}
		return anchored(all, wild)
	default:
		return []string{wild}
	}
}

// Marks in the globs of a pattern that anchored takes out.
const (
	anywhere = "\x01" // at either end of a pattern, which may begin and end anywhere
	anchor   = "\x02" // but where it says that the text ends there
)

// anchored writes wild at the ends of those globs that are not anchored there,
// and wherever a pattern has any character.
func anchored(all []string, wild string) []string {
	for i, glob := range all {
		for _, end := range [...][2]string{{anywhere + anchor, ""}, {anchor + anywhere, ""}, {anchor, ""}, {anywhere, wild}, {anyDeep, wild}} {
			glob = strings.ReplaceAll(glob, end[0], end[1])
		}
		for strings.Contains(glob, wild+wild) {
			glob = strings.ReplaceAll(glob, wild+wild, wild)
		}
		all[i] = glob
	}
	return all
}

// patternGlobs returns globs of which at least one matches each text that the
// pattern matches.
func patternGlobs(re *syntax.Regexp) []string {
	switch re.Op { //nolint:exhaustive // all others can match anything
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return []string{anyDeep}
		}
		return []string{string(re.Rune)}
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpEndLine, syntax.OpEndText:
		return []string{anchor}
	case syntax.OpCapture:
		return patternGlobs(re.Sub[0])
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			all = append(all, patternGlobs(sub)...)
		}
		return all
	case syntax.OpQuest:
		return append(patternGlobs(re.Sub[0]), "")
	case syntax.OpConcat:
		all := []string{""}
		for _, sub := range re.Sub {
			all = joined(all, patternGlobs(sub))
		}
		return all
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		if isName(re) {
			return []string{"?"}
		}
		return []string{"?", "/"}
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		if isName(re.Sub[0]) {
			return []string{"*"}
		}
	}
	return []string{anyDeep}
}

// isName reports whether a pattern is a class of characters without '/'.
func isName(re *syntax.Regexp) bool {
	if re.Op != syntax.OpCharClass {
		return false
	}
	for i := 0; i+1 < len(re.Rune); i += 2 {
		if re.Rune[i] <= '/' && '/' <= re.Rune[i+1] {
			return false
		}
	}
	return true
}
