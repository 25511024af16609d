package oval

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// files finds files and folders.
func (e *Evaluation) files(o *object) itemSet {
	s := &e.r.Snapshot
	var found itemSet
	if paths, literal := literalPaths(o); literal {
		found.complete = true
		for _, p := range distinct(paths) {
			f, there := s.FileAt(p)
			found.complete = found.complete && there != fettle.Unknown
			if there == fettle.Yes && f.Dir == o.wantsFolder() {
				found.items = append(found.items, e.fileItem(&f))
			}
		}
		return found
	}
	found.complete = e.opt.AllFiles || e.lookedAt(o)
	for i := range s.Files {
		if it := e.fileItem(&s.Files[i]); isFile(o, &it) {
			found.items = append(found.items, it)
		}
	}
	return found
}

// lookedAt reports whether every path at which the object can find a file was
// looked at.
func (e *Evaluation) lookedAt(o *object) bool {
	all, deepest, bounded := globs(o)
	if !bounded {
		return false
	}
	s := &e.r.Snapshot
	for _, glob := range all {
		if inventory.IsPattern(glob) {
			if !slices.Contains(s.Scope.Files, glob) {
				return false
			}
		} else if _, there := s.FileAt(glob); there == fettle.Unknown {
			return false
		}
	}
	for _, glob := range deepest {
		files, _ := s.FilesMatching(glob)
		for i := range files {
			if files[i].Dir {
				return false // nobody looked into it
			}
		}
	}
	return true
}

// wantsFolder reports whether the object finds folders, not files.
func (o *object) wantsFolder() bool {
	name := o.entity("filename")
	return o.entity("filepath") == nil && (name == nil || name.isNil)
}

// fileItem makes an item of a file, whose path has the separators of the
// host's system.
func (e *Evaluation) fileItem(f *inventory.File) item {
	if f.Dir {
		return item{file: f, folder: f.Path}
	}
	separators := "/"
	if e.r.Snapshot.OS.Family == "windows" {
		separators = `/\`
	}
	last := strings.LastIndexAny(f.Path, separators)
	folder := f.Path[:max(last, 0)]
	if folder == "" || strings.HasSuffix(folder, ":") {
		folder = f.Path[:last+1]
	}
	return item{file: f, folder: folder, name: f.Path[last+1:]}
}

// literalPaths returns the paths that an object names, if it names them one by
// one.
func literalPaths(o *object) ([]string, bool) {
	if x := o.entity("filepath"); x != nil {
		return x.values, x.isLiteral()
	}
	folder, name := o.entity("path"), o.entity("filename")
	if !folder.isLiteral() || o.behaviors.depth != 0 {
		return nil, false
	}
	if name == nil || name.isNil {
		var all []string
		for _, f := range folder.values {
			all = append(all, trimmed(f))
		}
		return all, true
	}
	if !name.isLiteral() {
		return nil, false
	}
	var all []string
	for _, f := range folder.values {
		for _, n := range name.values {
			all = append(all, strings.TrimRight(f, `/\`)+separator(f)+n)
		}
	}
	return all, true
}

// separator returns what separates the elements of a path.
func separator(p string) string {
	if !strings.Contains(p, "/") && strings.Contains(p, `\`) {
		return `\`
	}
	return "/"
}

// trimmed returns a folder's path without a separator at its end.
func trimmed(p string) string {
	if short := strings.TrimRight(p, `/\`); short != "" && !strings.HasSuffix(short, ":") {
		return short
	}
	return p
}

// isFile reports whether a file meets an object's entities.
func isFile(o *object, it *item) bool {
	if x := o.entity("filepath"); x != nil {
		return !it.file.Dir && x.matches(it.file.Path) == True
	}
	if it.file.Dir != o.wantsFolder() || !it.file.Dir && o.entity("filename").matches(it.name) != True {
		return false
	}
	return within(o.entity("path"), it.folder, o.behaviors)
}

// within reports whether folder is one that the entity names, or lies below or
// above such a one as far as the recursion goes.
func within(want *entity, folder string, b behaviors) bool {
	if b.up {
		for _, start := range want.values {
			for steps := 0; b.depth < 0 || steps <= b.depth; steps++ {
				if start == folder {
					return true
				}
				if start == "/" || start == "." {
					break
				}
				start = path.Dir(start)
			}
		}
		return false
	}
	for steps := 0; b.depth < 0 || steps <= b.depth; steps++ {
		if want.matches(folder) == True {
			return true
		}
		if folder == "/" || folder == "." {
			break
		}
		folder = path.Dir(folder)
	}
	return false
}

// texts finds the matches of a pattern in files, each an item.
func (e *Evaluation) texts(o *object) itemSet {
	files := e.files(o)
	found := itemSet{complete: files.complete}
	wanted, instance := o.entity("pattern"), o.entity("instance")
	for _, f := range files.items {
		if f.file.Text == nil {
			found.complete = false // it is there, and nobody read it
			continue
		}
		for i, p := range wanted.unusual().patterns {
			all, complete := p.find(*f.file.Text, maxMatches)
			found.complete = found.complete && complete
			for n, m := range all {
				number := strconv.Itoa(n + 1)
				if instance.matches(number) != True {
					continue
				}
				found.items = append(found.items, item{key: f.file.Path + "\x00" + strconv.Itoa(i) + "\x00" + number, fields: map[string][]string{
					"filepath": {f.file.Path}, "path": {f.folder}, "filename": {f.name},
					"pattern": {wanted.values[i]}, "instance": {number}, "text": {m.text}, "subexpression": m.groups,
				}})
			}
		}
	}
	return found
}

const maxMatches = 10_000 // of one pattern in one file
