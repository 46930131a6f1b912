// Whether each show of a round is linearizable: whether some order of its operations, each at a moment between its call
// and its answer, explains every answer and what MongoDB has in the end. By Porcupine, which searches all orders.
//
//	porcupine [-timeout 1m] [-pictures FOLDER] ROUND
//
// Exit status 1: a show is not, or the time was up before it was known.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

const told = 8 // operations around the place where the search got stuck

var model = (&porcupine.NondeterministicModel{
	Init: func() []interface{} { return []interface{}{state{}} },
	Step: func(from, input, _ interface{}) []interface{} {
		var next []interface{}
		for _, s := range step(from.(state), input.(*operation)) {
			next = append(next, s)
		}
		return next
	},
	Hash:              hash,
	DescribeOperation: func(input, _ interface{}) string { return input.(*operation).text },
}).ToModel()

func main() {
	timeout := flag.Duration("timeout", time.Minute, "for one show; a search takes some 2 GB of memory a minute")
	pictures := flag.String("pictures", "", "folder for a picture (HTML) of each show that is not linearizable")
	flag.Parse()
	round, err := readRound(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "porcupine:", err)
		os.Exit(2)
	}
	os.Exit(check(round, *timeout, *pictures))
}

func check(round *reader, timeout time.Duration, pictures string) int {
	var shows []string
	operations := 0
	for show, ops := range round.shows {
		shows = append(shows, show)
		operations += len(ops)
	}
	sort.Strings(shows)
	start := time.Now()
	counts := map[porcupine.CheckResult]int{}
	var mutex sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan bool, 2)
	for _, show := range shows {
		wait.Add(1)
		slots <- true
		go func(show string) {
			defer func() { <-slots; wait.Done() }()
			begin := time.Now()
			result, info := porcupine.CheckOperationsVerbose(model, round.shows[show], timeout)
			mutex.Lock()
			defer mutex.Unlock()
			counts[result]++
			if result == porcupine.Ok {
				return
			}
			fmt.Printf("%s: show %s, %d operations, after %.1f s\n", result, show, len(round.shows[show]), time.Since(begin).Seconds())
			explain(round.shows[show], info)
			if pictures != "" {
				if err := porcupine.VisualizePath(model, info, filepath.Join(pictures, show+".html")); err != nil {
					fmt.Fprintln(os.Stderr, "porcupine:", err)
				}
			}
		}(show)
	}
	wait.Wait()
	fmt.Printf("%d shows, %d operations: %d linearizable, %d not, %d unknown (%.1f s)\n", len(shows), operations,
		counts[porcupine.Ok], counts[porcupine.Illegal], counts[porcupine.Unknown], time.Since(start).Seconds())
	if len(shows) == 0 || counts[porcupine.Ok] != len(shows) {
		return 1
	}
	return 0
}

// How far the search came: the last operations of the longest order that it found, and those that fit nowhere after it.
func explain(ops []porcupine.Operation, info porcupine.LinearizationInfo) {
	var longest []int
	for _, orders := range info.PartialLinearizations() {
		for _, order := range orders {
			if len(order) > len(longest) {
				longest = order
			}
		}
	}
	placed := map[int]bool{}
	for i, id := range longest {
		placed[id] = true
		if i >= len(longest)-told {
			fmt.Println("   placed:", ops[id].Input.(*operation).text)
		}
	}
	var left []*operation
	for id := range ops {
		if op := ops[id].Input.(*operation); !placed[id] {
			left = append(left, op)
		}
	}
	sort.Slice(left, func(i, j int) bool { return left[i].ret < left[j].ret })
	for i := 0; i < len(left) && i < told/2; i++ {
		fmt.Println("   left:  ", left[i].text)
	}
}
