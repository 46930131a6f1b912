package main

// Each operation: from a state and what was answered to the states that may come after it; none where the answer cannot
// have been given.

import (
	"math/bits"
	"reflect"
	"strings"
)

func step(s state, op *operation) (next []state) {
	lapsed := lapse(s, op)
	for _, s := range lapsed {
		switch op.name {
		case "hold":
			next = append(next, stepHold(s, op)...)
		case "extend":
			next = append(next, stepExtend(s, op)...)
		case "release":
			next = append(next, stepRelease(s, op)...)
		case "best":
			next = append(next, stepBest(s, op)...)
		case "announce":
			s.lengthen(op)
			next = append(next, s)
		case "confirm":
			next = append(next, stepConfirm(s, op)...)
		case "cancel":
			next = append(next, stepCancel(s, op)...)
		case "emptied":
			for i := range s {
				if s[i].kind == held {
					s[i] = seat{ghost: s[i].user}
				}
			}
			next = append(next, s)
		default:
			if shows(s, op) {
				next = append(next, s)
				if s != lapsed[0] { // in its last millisecond a hold is there, though maps call its seat free already
					next = append(next, lapsed[0])
				}
			}
		}
	}
	return next
}

// status, summary, and what MongoDB had in the end.
func shows(s state, op *operation) bool {
	var letters strings.Builder
	for i := 0; i < op.total; i++ {
		letters.WriteByte("ahb"[s[i].kind])
	}
	text := letters.String()
	switch {
	case op.code != "":
		return false
	case op.name == "status":
		return text == op.letters
	case op.name == "summary":
		return op.counts == [4]int{op.total, strings.Count(text, "b"), strings.Count(text, "h"), strings.Count(text, "a")}
	}
	for i := 0; i < op.total; i++ { // "record"
		if (s[i].kind == booked) != (op.ids[i] != 0) {
			return false
		}
		if s[i].kind == booked && (s[i].user != op.users[i] || s[i].id > 0 && s[i].id != op.ids[i]) {
			return false
		}
	}
	return true
}

// Whether a hold of it is refused for this seat, and why; `maybe` where that depends on the moment.
func inTheWay(s *seat, op *operation) (reason string, maybe bool) {
	switch {
	case s.kind == booked:
		return "booked", false
	case s.kind == held && s.user != op.user:
		return "held", false
	case s.kind == held && s.lo <= op.ret+eps: // past its first end it may only be confirmed
		return "held", s.firstEnd() > op.call-eps
	}
	return "", false
}

func stepHold(s state, op *operation) []state {
	if !op.sure {
		return stepUnknownHold(s, op)
	}
	if op.code == "seats_unavailable" {
		for _, i := range op.seats {
			reason, maybe := inTheWay(&s[i], op)
			if reason != op.named[i] && !(maybe && op.named[i] == "") {
				return nil
			}
		}
		return []state{s}
	}
	if op.status != 200 || op.code != "" {
		return nil
	}
	var fresh int32
	var freshEnd int64
	for k, i := range op.seats {
		id, end := op.ids[k], op.ends[k]
		if s[i].heldBy(op.user) && s[i].id < 0 && s[i].lo-eps <= end && end <= s[i].firstEnd()+eps {
			s.reveal(held, s[i].id, id)
			s.revealEnd(i, end)
		}
		switch {
		case s[i].heldBy(op.user):
			if s[i].id != id || !s[i].tell(end) || end <= op.call-eps {
				return nil
			}
		case s[i].kind != free || fresh != 0 && (fresh != id || freshEnd != end):
			return nil
		case end < op.call+op.length-eps || end > op.ret+op.length+eps:
			return nil
		default:
			fresh, freshEnd = id, end
			s[i] = seat{kind: held, user: op.user, id: id, lo: end, hi: end, bound: end - op.length + op.most, ghost: s[i].ghost}
		}
	}
	return []state{s}
}

func stepUnknownHold(s state, op *operation) []state {
	done := s
	for _, i := range op.seats {
		if reason, maybe := inTheWay(&s[i], op); reason != "" && !maybe {
			return []state{s}
		}
		if s[i].kind == free {
			done[i] = seat{kind: held, user: op.user, id: op.unknown, lo: op.call + op.length, hi: op.ret + op.length, ghost: s[i].ghost}
		}
	}
	if done == s {
		return []state{s}
	}
	return []state{s, done}
}

// Granted, it is a hold of the seats that the answer names (of a repeated one, of seats that the user held already).
func stepBest(s state, op *operation) []state {
	var left []int
	for i := 0; i < op.total; i++ {
		if s[i].kind == free {
			left = append(left, i)
		}
	}
	switch {
	case !op.sure:
		return stepUnknownBest(s, op, left)
	case op.code == "not_enough_seats":
		if op.left != len(left) || op.left >= op.quantity {
			return nil
		}
		return []state{s}
	case op.code == "":
		return stepHold(s, op)
	}
	return nil
}

// Any so many of the free seats, or none.
func stepUnknownBest(s state, op *operation, left []int) []state {
	all := []state{s}
	for choice := 1; choice < 1<<len(left); choice++ {
		if bits.OnesCount(uint(choice)) != op.quantity {
			continue
		}
		done := s
		for k, i := range left {
			if choice&(1<<k) != 0 {
				done[i] = seat{kind: held, user: op.user, id: op.unknown, lo: op.call + op.length, hi: op.ret + op.length, ghost: s[i].ghost}
			}
		}
		all = append(all, done)
	}
	return all
}

// Whether an extension or a release of all seats is allowed, and if not, why: in the order in which it is told.
func mayChange(s state, op *operation) (why string, named map[int]string) {
	sold, other := map[int]string{}, map[int]string{}
	for _, i := range op.seats {
		switch {
		case s[i].kind == booked:
			sold[i] = "booked"
		case s[i].kind == held && s[i].user != op.user:
			other[i] = "held"
		}
	}
	switch {
	case len(sold) > 0:
		return "seats_sold", sold
	case len(other) > 0:
		return "held_by_another", other
	}
	return "", nil
}

// A refusal that has its reason. That a confirmation is under way the model does not know: it is believed.
func refusedChange(s state, op *operation) []state {
	why, named := mayChange(s, op)
	if op.code == "confirming" && why == "" && len(op.named) > 0 {
		return []state{s}
	}
	if op.code != why || why == "" || !reflect.DeepEqual(named, op.named) {
		return nil
	}
	return []state{s}
}

func stepRelease(s state, op *operation) []state {
	if op.sure && op.code != "" {
		return refusedChange(s, op)
	}
	done, count := s, 0
	for _, i := range op.seats {
		if s[i].heldBy(op.user) {
			done[i] = seat{ghost: s[i].ghost}
			count++
		}
	}
	why, _ := mayChange(s, op)
	switch {
	case !op.sure && (why != "" || count == 0):
		return []state{s}
	case !op.sure:
		return []state{s, done}
	case why != "" || count != op.count:
		return nil
	}
	return []state{done}
}

func stepExtend(s state, op *operation) []state {
	why, _ := mayChange(s, op)
	switch {
	case !op.sure:
		return stepUnknownExtend(s, op, why)
	case op.code == "hold_expired":
		return stepExtendOver(s, op, why)
	case op.code != "":
		return refusedChange(s, op)
	case why != "":
		return nil
	}
	for k, i := range op.seats {
		id, end := op.ids[k], op.ends[k]
		if !s[i].heldBy(op.user) || s[i].firstEnd() <= op.call-eps {
			return nil
		}
		if s[i].id < 0 {
			s.reveal(held, s[i].id, id)
		}
		least, most := op.call+op.length, op.ret+op.length
		if s[i].bound != 0 {
			least, most = earlier(least, s[i].bound), earlier(most, s[i].bound)
		} else {
			least = s[i].lo
		}
		if s[i].id != id || end < later(s[i].lo, least)-eps || end > later(s[i].firstEnd(), most)+eps {
			return nil
		}
		s[i].setEnd(end)
	}
	return []state{s}
}

// 410: what is named is not held, or may be past its first end; what is not is held.
func stepExtendOver(s state, op *operation, why string) []state {
	if why != "" || len(op.named) == 0 {
		return nil
	}
	for _, i := range op.seats {
		own, named := s[i].heldBy(op.user), op.named[i] != ""
		if named && own && s[i].lo > op.ret+eps || !named && (!own || s[i].firstEnd() <= op.call-eps) {
			return nil
		}
	}
	return []state{s}
}

func stepUnknownExtend(s state, op *operation, why string) []state {
	done := s
	for _, i := range op.seats {
		if why != "" || !s[i].heldBy(op.user) || s[i].firstEnd() <= op.call-eps {
			return []state{s}
		}
		end := op.ret + op.length
		if s[i].bound != 0 {
			end = earlier(end, s[i].bound)
		}
		if end > s[i].firstEnd() {
			done[i].hi = end
			if s[i].long {
				done[i].hi += grace
			}
		}
	}
	if done == s {
		return []state{s}
	}
	return []state{s, done}
}

func stepConfirm(s state, op *operation) []state {
	switch {
	case !op.sure:
		if done, fine := sell(s, op, op.unknown); fine {
			return []state{s, done}
		}
		return []state{s}
	case op.status == 200 || op.status == 201:
		for k, i := range op.seats {
			if s[i].kind == booked && s[i].user == op.user && s[i].id < 0 {
				s.reveal(booked, s[i].id, op.ids[k])
			}
		}
		done, fine := sell(s, op, op.id)
		if !fine || (done != s) != (op.status == 201) {
			return nil
		}
		for k, i := range op.seats {
			if done[i].id != op.ids[k] {
				return nil
			}
		}
		return []state{done}
	}
	late := false // of a hold that was lengthened, some seats may be too near their end for a confirmation
	for _, i := range op.seats {
		late = late || s[i].heldBy(op.user) && s[i].long
	}
	for _, i := range op.seats {
		if op.named[i] == "" {
			continue
		}
		var just bool
		switch op.code {
		case "held_by_another":
			just = s[i].kind == held && s[i].user != op.user
		case "seats_sold":
			just = s[i].kind == booked && s[i].user != op.user
		case "hold_expired":
			just = s[i].kind == free || late && s[i].heldBy(op.user)
		}
		if !just {
			return nil
		}
	}
	if len(op.named) == 0 {
		return nil
	}
	return []state{s}
}

// All seats that the user does not have yet become theirs, under one id. Not fine where one is not theirs to buy.
func sell(s state, op *operation, id int32) (state, bool) {
	for _, i := range op.seats {
		switch {
		case s[i].kind == booked && s[i].user == op.user:
		case s[i].heldBy(op.user), s[i].kind != booked && s[i].ghost == op.user && op.call <= op.emptied:
			s[i] = seat{kind: booked, user: op.user, id: id}
		default:
			return s, false
		}
	}
	return s, true
}

// A booking's seats become free. "Already Cancelled" rests on MongoDB alone, and may come a moment before the board knows of
// it: it says nothing of the state.
func stepCancel(s state, op *operation) []state {
	free := s
	for _, i := range op.seats {
		if s[i].kind == booked && s[i].user == op.user && (s[i].id == op.id || s[i].id < 0) {
			free[i] = seat{}
		}
	}
	switch {
	case !op.sure:
		return []state{s, free}
	case op.status == 200 && op.code == "" && !op.already:
		if free == s {
			return nil
		}
		return []state{free}
	case op.code == "misshapen" || op.code == "misaddressed":
		return nil
	case op.code == "booking_not_found":
		for i := range s {
			if s[i].kind == booked && s[i].user == op.user && s[i].id == op.id {
				return nil
			}
		}
	}
	return []state{s}
}
