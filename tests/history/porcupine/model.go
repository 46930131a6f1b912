package main

// The box office as one sequential machine, a show at a time (so that batches stay atomic).
//
// A state does not know the time. An operation brings the span in which it took effect: before it is applied, a hold
// that must have ended by then has, and one that may have ended both has and has not. What nobody was told may have
// happened or not: both are successors.

const (
	maxSeats = 8
	eps      = int64(5e6)  // ns: Redis counts in ms, and two clocks of one machine are compared
	grace    = int64(15e9) // BO_HOLD_GRACE_MS
)

type kind int8

const (
	free kind = iota
	held
	booked
)

// Names (users, holdIds, bookingIds) are numbers, made in history.go; below zero those of what nobody was told.
type seat struct {
	kind  kind
	user  int32
	id    int32 // of the hold, or of the booking
	long  bool  // a confirmation may have lengthened the hold: it ends somewhere from lo to hi
	lo    int64 // the hold ends no earlier (ns) ...
	hi    int64 // ... and no later
	bound int64 // past it no extension leads; 0: not known
	ghost int32 // whose hold went with Redis; a confirmation under way may book all the same (design.md, "not closed", 1)
}

type state [maxSeats]seat

func (s *seat) heldBy(user int32) bool { return s.kind == held && s.user == user }

// The latest first end: what a confirmation adds to it is not the user's to hold again.
func (s *seat) firstEnd() int64 {
	if s.long {
		return s.hi - grace
	}
	return s.hi
}

// The first end as it is told; false where it cannot be that. Where it was known already it must be the same.
func (s *seat) tell(end int64) bool {
	if s.firstEnd() == s.lo {
		return s.lo == end
	}
	if end < s.lo-eps || end > s.firstEnd()+eps {
		return false
	}
	s.setEnd(end)
	return true
}

func (s *seat) setEnd(end int64) {
	s.lo, s.hi = end, end
	if s.long {
		s.hi += grace
	}
}

func hash(value interface{}) uint64 {
	sum := uint64(14695981039346656037)
	for _, s := range value.(state) {
		for _, part := range [...]uint64{uint64(s.kind), uint64(s.user), uint64(s.id), uint64(s.lo), uint64(s.hi), uint64(s.ghost)} {
			sum = (sum ^ part) * 1099511628211
		}
	}
	return sum
}

// What a state may have become by itself when the operation takes effect.
func lapse(s state, op *operation) []state {
	type batch struct {
		end  int64
		mask uint
	}
	var sure []batch // of holds whose end is known: the earlier goes first
	var unsure []uint
	for i := range s {
		if s[i].kind != held {
			continue
		}
		if s[i].hi < op.call-eps {
			s[i] = seat{ghost: s[i].ghost}
		}
	}
	seen := uint(0)
	for i := range s {
		if s[i].kind != held || seen&(1<<i) != 0 || s[i].lo > op.ret+eps {
			continue
		}
		mask := uint(1 << i)
		if !s[i].long { // all seats of a hold lapse as one
			for j := range s {
				if s[j].kind == held && s[j].id == s[i].id && !s[j].long && s[j].lo == s[i].lo && s[j].hi == s[i].hi {
					mask |= 1 << j
				}
			}
		}
		seen |= mask
		if !op.sure && mask&op.mask == 0 {
			continue // an unknown operation's span is long: it may need a lapse, but is no reason for others
		}
		if s[i].lo == s[i].hi {
			sure = append(sure, batch{s[i].lo, mask})
			for k := len(sure) - 1; k > 0 && sure[k].end < sure[k-1].end; k-- {
				sure[k], sure[k-1] = sure[k-1], sure[k]
			}
		} else {
			unsure = append(unsure, mask)
		}
	}
	var all []state
	gone := uint(0)
	for n := 0; n <= len(sure); n++ {
		if n > 0 {
			gone |= sure[n-1].mask
		}
		for choice := 0; choice < 1<<len(unsure); choice++ {
			also := gone
			for k, mask := range unsure {
				if choice&(1<<k) != 0 {
					also |= mask
				}
			}
			all = append(all, without(s, also))
		}
	}
	return all
}

func without(s state, gone uint) state {
	for i := range s {
		if gone&(1<<i) != 0 {
			s[i] = seat{ghost: s[i].ghost}
		}
	}
	return s
}

// A name that was told at last stands for the one below zero that it had.
func (s *state) reveal(k kind, was, is int32) {
	for i := range s {
		if s[i].kind == k && s[i].id == was {
			s[i].id = is
		}
	}
}

// So does an end: seats of a hold that were not parted since have the same.
func (s *state) revealEnd(of int, end int64) {
	told := s[of]
	for i := range s {
		if s[i].kind == held && s[i].id == told.id && s[i].lo == told.lo && s[i].hi == told.hi {
			s[i].setEnd(end)
		}
	}
}

// A confirmation may have made the user's holds of these seats outlast their first end. It does so before it sells: the
// two moments are two operations ("announce", "confirm").
func (s *state) lengthen(op *operation) {
	for _, i := range op.seats {
		if s[i].heldBy(op.user) && !s[i].long {
			s[i].long = true
			s[i].hi += grace
		}
	}
}

func earlier(one, other int64) int64 {
	if one < other {
		return one
	}
	return other
}

func later(one, other int64) int64 { return one + other - earlier(one, other) }
