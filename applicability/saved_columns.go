package applicability

import (
	"encoding/binary"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/program"
)

// maxSavedSection bounds one section, in bytes.
const maxSavedSection = 1 << 40

// column packs a table: rows of int32, little-endian, one after another. What
// follows from the rows before is left out: where a patch's references begin,
// which kids a node has, how keys of one name hang together.
func (s *saver) column(at section) (out []byte) {
	p := &s.program
	switch at {
	case sectionTypes:
		return packStrings(p.Types)
	case sectionWords:
		list := make([]string, len(s.words))
		for word, i := range s.words {
			list[i] = word
		}
		return packStrings(list)
	case sectionKeys:
		for i := range p.Keys {
			k, info := &p.Keys[i], &s.keyInfo[i]
			flags := int32(info.scheme) | int32(b2i(info.source)<<8|b2i(info.newest)<<9|b2i(info.ranged)<<10)
			out = pack(out, k.Type, flags, k.To-k.From, int32(len(k.Bounds)))
		}
	case sectionKeyNames:
		list := make([]string, len(s.keyInfo))
		for i := range s.keyInfo {
			list[i] = s.keyInfo[i].name
		}
		return packStrings(list)
	case sectionBounds:
		var list [][]byte
		for i := range p.Keys {
			list = append(list, p.Keys[i].Bounds...)
		}
		return packStrings(list)
	case sectionSpans:
		for _, v := range p.Spans {
			out = pack(out, v.Lo, v.Hi)
		}
	case sectionLeaves:
		for _, l := range p.Leaves {
			out = pack(out, l.Key, l.Arch, l.Module, l.From, l.To, int32(l.Which))
		}
	case sectionKids:
		out = pack(out, p.Kids...)
	case sectionNodes:
		for _, n := range p.Nodes {
			switch n.Op {
			case program.OpAll, program.OpAny, program.OpAtLeast:
				out = pack(out, int32(n.Op), n.N, n.To-n.From)
			case program.OpNot, program.OpScalar, program.OpPackage:
				out = pack(out, int32(n.Op), n.From, 0)
			case program.OpTrue, program.OpUnknown:
				out = pack(out, int32(n.Op), 0, 0)
			}
		}
	case sectionGates:
		out = pack(out, p.Gates...)
	case sectionIDs:
		return packStrings(s.ids)
	case sectionAliases:
		return packStrings(s.aliases())
	case sectionAliasOf:
		names := s.names()
		for _, alias := range s.aliases() {
			out = pack(out, names[fettle.PatchID(alias)])
		}
	default:
		return s.patchColumn(at)
	}
	return out
}

// patchColumn packs the tables by patch.
func (s *saver) patchColumn(at section) (out []byte) {
	p := &s.program
	switch at {
	case sectionPatches:
		for i := range p.Patches {
			q := p.Patches[i]
			if s.bad[i] {
				q.Target, q.Installed, q.Active, q.Unfixed = program.None, program.None, program.None, program.None
			}
			flags := int32(q.Restart) | int32(s.states[i])<<8 | int32(b2i(s.bad[i])<<16)
			out = pack(out, q.Target, q.Installed, q.Active, q.Unfixed, q.LeavesTo-q.LeavesFrom, q.ScalarsTo-q.ScalarsFrom, flags,
				int32(s.released[i].Nanosecond()))
			out = binary.LittleEndian.AppendUint64(out, uint64(s.released[i].Unix()))
		}
	case sectionRefs:
		for _, r := range p.Refs {
			out = pack(out, r.Index, r.Gate, int32(b2i(r.Not)))
		}
	case sectionGroups:
		for _, g := range p.Groups {
			out = pack(out, int32(g.Kind)|int32(b2i(g.Split)<<8), g.Gate, g.Arch, g.Module, g.To-g.From)
		}
	case sectionPostings:
		for i, patch := range p.Posting.Patches {
			out = pack(out, patch, p.Posting.Los[i], p.Posting.His[i])
		}
	case sectionFree:
		for _, g := range p.Free {
			out = pack(out, g.Gate, int32(len(g.Patches)))
			out = pack(out, g.Patches...)
		}
	case sectionSupersededBy:
		out = packLists(out, s.relation.supersededBy)
	case sectionConflicts:
		out = packLists(out, s.relation.conflicts)
	case sectionRequires:
		for _, all := range s.relation.requires {
			out = pack(out, int32(len(all)))
			out = packLists(out, all)
		}
	default: // the sections that are no tables
	}
	return out
}

func pack(out []byte, values ...int32) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, uint32(v))
	}
	return out
}

// packLists packs each list as its length and its members.
func packLists(out []byte, lists [][]int32) []byte {
	for _, list := range lists {
		out = pack(pack(out, int32(len(list))), list...)
	}
	return out
}

// packStrings packs the count, the lengths and then all bytes.
func packStrings[S ~string | ~[]byte](list []S) []byte {
	out := pack(nil, int32(len(list)))
	for _, s := range list {
		out = pack(out, int32(len(s)))
	}
	for _, s := range list {
		out = append(out, s...)
	}
	return out
}
