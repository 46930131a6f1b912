package main

// Reads a round's folder (tests/history/log.py says what is in it) into one history a show.

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/anishathalye/porcupine"
)

// What clients' numbers are in pictures: those of a confirmation's first half, and of what no client did.
const announcers, nobody = 1 << 20, 1 << 21

// As Op of log.py; of it, what the model needs.
type operation struct {
	name      string
	user      int32
	seats     []int
	mask      uint  // the same seats
	call, ret int64 // when it may have taken effect
	sure      bool  // somebody was told what came of it
	status    int
	code      string
	unknown   int32          // what its hold or booking is called if nobody was told
	id        int32          // confirm: the bookingId
	ids       []int32        // of each seat asked for; "record": of each seat of the show
	users     []int32        // "record"
	ends      []int64        // hold
	named     map[int]string // a refusal's seats and reasons
	quantity  int            // best: how many it asked for
	already   bool           // cancel: all had been given back before
	left      int            // best, not_enough_seats: how many there were
	letters   string
	counts    [4]int
	total     int   // seats of the show
	length    int64 // of a hold
	most      int64 // from its grant to its first end, however often it is extended
	count     int   // release: how many of the seats were held
	emptied   int64 // the last moment at which Redis was emptied
	text      string
}

type about struct {
	HoldMS    int64               `json:"hold_ms"`
	HoldMaxMS int64               `json:"hold_max_ms"`
	Shows     map[string]int      `json:"shows"`
	Faults    [][]json.RawMessage `json:"faults"`
	Clock     [][2]int64          `json:"clock"`
}

type reader struct {
	about
	names   map[string]int32
	unknown int32
	empties [][2]int64
	pauses  [][2]int64
	etags   map[string]string
	shows   map[string][]porcupine.Operation
}

func (r *reader) name(text string) int32 {
	number, known := r.names[text]
	if !known {
		number = int32(len(r.names) + 1)
		r.names[text] = number
	}
	return number
}

func (r *reader) mono(wallMS int64) int64 { return wallMS*1e6 - r.Clock[0][1] }

func readRound(folder string) (*reader, error) {
	r := &reader{names: map[string]int32{}, etags: map[string]string{}, shows: map[string][]porcupine.Operation{}}
	if err := readJSON(filepath.Join(folder, "round.json"), &r.about); err != nil {
		return nil, err
	}
	for _, fault := range r.Faults {
		var kind string
		var span [2]int64
		if err := fields(fault, &kind, &span[0], &span[1]); err != nil {
			return nil, err
		}
		switch kind {
		case "flush", "redis_restart":
			r.empties = append(r.empties, span)
		case "redis_pause", "worker_pause":
			r.pauses = append(r.pauses, span)
		}
	}
	logs, err := filepath.Glob(filepath.Join(folder, "ops-*.jsonl"))
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			return nil, err
		}
		scanner := bufio.NewScanner(strings.NewReader(string(text)))
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			lines = append(lines, scanner.Text())
		}
	}
	for pass := 0; pass < 2; pass++ { // the first learns what each ETag stands for
		for _, line := range lines {
			if err := r.operation(line, pass == 1); err != nil {
				return nil, fmt.Errorf("%s: %w", line, err)
			}
		}
	}
	var documents [][]json.RawMessage
	if err := readJSON(filepath.Join(folder, "bookings.json"), &documents); err != nil {
		return nil, err
	}
	return r, r.addRecord(documents)
}

func (r *reader) operation(line string, keep bool) error {
	var parts []json.RawMessage
	var show, user string
	var client int
	var seats []string
	var answer json.RawMessage
	op := &operation{text: line}
	if err := json.Unmarshal([]byte(line), &parts); err != nil {
		return err
	}
	if err := fields(parts, &show, &client, &user, &op.name, &seats, &op.call, &op.ret, &op.status, &op.code, &answer); err != nil {
		return err
	}
	op.total, op.length, op.most = r.Shows[show], r.HoldMS*1e6, later(r.HoldMS, r.HoldMaxMS)*1e6
	if op.total > maxSeats || op.total == 0 {
		return fmt.Errorf("a show of %d seats is not for this checker", op.total)
	}
	op.sure = op.status != 0 && op.status < 500
	if op.name == "listed" { // a summary by another way; [] is one without counts
		op.name, op.sure = "summary", op.sure && string(answer) != "[]"
	}
	if !op.sure && (op.name == "status" || op.name == "summary") {
		return nil
	}
	op.user = r.name("user " + user)
	if op.name == "cancel" { // the bookingId comes first; alone it is the whole booking
		op.id, seats = r.name(seats[0]), seats[1:]
		for place := 0; len(seats) == 0 && place < op.total; place++ {
			op.seats = append(op.seats, place)
			op.mask |= 1 << place
		}
	}
	for _, label := range seats {
		place := seatAt(label)
		op.seats = append(op.seats, place)
		op.mask |= 1 << place
	}
	if op.name == "best" && !op.sure { // whichever it may have got
		op.mask = 1<<op.total - 1
	}
	if err := r.answer(show, op, answer); err != nil || !keep {
		return err
	}
	until := op.ret
	if !op.sure {
		r.unknown--
		op.unknown = r.unknown
		op.ret = r.latestEffect(op)
		if until = op.ret; op.name == "confirm" || op.name == "cancel" {
			until = math.MaxInt64 // MongoDB may do late what it was asked
		}
	}
	for _, empty := range r.empties {
		if empty[0] <= op.ret {
			op.emptied = empty[1]
		}
	}
	r.shows[show] = append(r.shows[show], porcupine.Operation{ClientId: client, Input: op, Call: op.call, Return: until})
	if op.name == "confirm" && op.status != 403 && op.status != 410 {
		first := *op
		first.name, first.text = "announce", "announces "+line
		r.shows[show] = append(r.shows[show], porcupine.Operation{ClientId: announcers + client, Input: &first, Call: op.call, Return: op.ret})
	}
	return nil
}

// As Ledger.latest_effect of ledger.py.
func (r *reader) latestEffect(op *operation) int64 {
	const worker, backlog = int64(12e9), int64(1e9)
	latest := op.ret
	if op.call+worker > latest {
		latest = op.call + worker
	}
	for _, pause := range r.pauses {
		if pause[0] <= latest && pause[1] >= op.call && pause[1]+worker > latest {
			latest = pause[1] + worker
		}
	}
	return latest + backlog
}

// What came from elsewhere: Redis emptied, and MongoDB's documents after all else.
func (r *reader) addRecord(documents [][]json.RawMessage) error {
	records := map[string]*operation{}
	for show := range r.shows {
		total := r.Shows[show]
		records[show] = &operation{name: "record", sure: true, total: total, ids: make([]int32, total), users: make([]int32, total),
			call: math.MaxInt64, ret: math.MaxInt64, text: "MongoDB in the end"}
	}
	for _, document := range documents {
		var show, label, user, booking string
		var created int64
		if err := fields(document, &show, &label, &user, &booking, &created); err != nil {
			return err
		}
		if record := records[show]; record != nil {
			record.users[seatAt(label)], record.ids[seatAt(label)] = r.name("user "+user), r.name(booking)
		}
	}
	for show, record := range records {
		ops := withoutUndone(r.shows[show], record)
		sort.Slice(ops, func(i, j int) bool { return ops[i].Call < ops[j].Call })
		record.call, record.ret = ops[len(ops)-1].Input.(*operation).ret, ops[len(ops)-1].Input.(*operation).ret
		for _, empty := range r.empties {
			if empty[1] >= ops[0].Call && empty[0] <= record.call {
				op := &operation{name: "emptied", sure: true, call: empty[0], ret: empty[1], text: "Redis is emptied"}
				ops = append(ops, porcupine.Operation{ClientId: nobody, Input: op, Call: empty[0], Return: empty[1]})
			}
		}
		r.shows[show] = append(ops, porcupine.Operation{ClientId: nobody + 1, Input: record, Call: math.MaxInt64, Return: math.MaxInt64})
	}
	return nil
}

// Without the confirmations of which nobody was told what came of them, and which did nothing: what was sold and never given
// back is in the record. Their announcements stay. Each of them would double the orders to be searched.
func withoutUndone(ops []porcupine.Operation, record *operation) []porcupine.Operation {
	var kept []porcupine.Operation
	for _, each := range ops {
		op := each.Input.(*operation)
		if op.name == "cancel" {
			return ops
		}
		done := op.name != "confirm" || op.sure
		if !done {
			done = true
			for _, seat := range op.seats {
				done = done && record.users[seat] == op.user
			}
		}
		if done {
			kept = append(kept, each)
		}
	}
	return kept
}

func seatAt(label string) int {
	var number int
	if _, err := fmt.Sscanf(label, "S%d", &number); err != nil || number < 1 || number > maxSeats {
		return maxSeats - 1
	}
	return number - 1
}

func readJSON(path string, value interface{}) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}

func fields(parts []json.RawMessage, values ...interface{}) error {
	if len(parts) != len(values) {
		return fmt.Errorf("%d fields, not %d", len(parts), len(values))
	}
	for i, value := range values {
		if err := json.Unmarshal(parts[i], value); err != nil {
			return err
		}
	}
	return nil
}
