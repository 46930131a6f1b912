package main

import "encoding/json"

// What was answered, as log.py tells it.
func (r *reader) answer(show string, op *operation, answer json.RawMessage) error {
	var err error
	switch {
	case op.name == "best" && (!op.sure || op.code != "" && op.code != "misshapen" && op.code != "misaddressed"):
		var told [2]*int
		if err = json.Unmarshal(answer, &told); err == nil && told[0] != nil {
			op.quantity = *told[0]
		}
		if told[1] != nil {
			op.left = *told[1]
		}
	case !op.sure || op.code == "misshapen" || op.code == "misaddressed":
	case op.code != "":
		reasons := map[string]string{}
		err = json.Unmarshal(answer, &reasons)
		op.named = map[int]string{}
		for label, reason := range reasons {
			op.named[seatAt(label)] = reason
		}
	case op.name == "cancel":
		var told [2]json.RawMessage
		if err = json.Unmarshal(answer, &told); err == nil {
			err = json.Unmarshal(told[0], &op.already)
		}
	case op.name == "release":
		err = json.Unmarshal(answer, &[1]*int{&op.count})
	case op.name == "summary":
		err = json.Unmarshal(answer, &op.counts)
	case op.name == "status":
		var told [2]*string
		if err = json.Unmarshal(answer, &told); err != nil {
			break
		}
		if told[1] != nil {
			r.etags[show+*told[0]] = *told[1]
			op.letters = *told[1]
		} else {
			op.letters = r.etags[show+*told[0]]
		}
	default:
		err = r.granted(op, answer)
	}
	return err
}

func (r *reader) granted(op *operation, answer json.RawMessage) error {
	var parts, each []json.RawMessage
	var id string
	if err := json.Unmarshal(answer, &parts); err != nil {
		return err
	}
	if err := fields([]json.RawMessage{parts[0], parts[len(parts)-1]}, &id, &each); err != nil {
		return err
	}
	op.id = r.name(id)
	for _, part := range each {
		if op.name == "confirm" {
			if err := json.Unmarshal(part, &id); err != nil {
				return err
			}
		} else {
			var pair []json.RawMessage
			var end int64
			if err := json.Unmarshal(part, &pair); err != nil {
				return err
			}
			if err := fields(pair, &id, &end); err != nil {
				return err
			}
			op.ends = append(op.ends, r.mono(end))
		}
		op.ids = append(op.ids, r.name(id))
	}
	return nil
}
