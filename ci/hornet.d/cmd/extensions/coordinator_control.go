package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	iotago "github.com/iotaledger/iota.go/v3"
)

// controlAPI lets tests drive the network: GET /status, POST /milestones?count=n (at once, also when paused),
// POST /pause, POST /resume. A block that the node took a moment ago may not be known here as a tip yet:
// POST /milestones?tip=0x…,0x… has them confirmed in any case. POST /withhold?count=n: the blocks of the next n
// transactions get into no milestone unless a later block refers to them. POST /mint makes outputs, as the development
// node's route does but for what a real ledger does not allow. The node serves all of it below /api/devnet/v1.
func (c *coordinator) controlAPI(ctx context.Context, interval time.Duration) http.Handler {
	setPaused := func(paused bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				http.Error(w, "use POST", http.StatusMethodNotAllowed)

				return
			}
			// after the milestone that is being made
			c.mu.Lock()
			c.paused = paused
			c.mu.Unlock()
			writeJSON(w, http.StatusOK, map[string]any{"paused": paused})
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/pause", setPaused(true))
	mux.HandleFunc("/resume", setPaused(false))
	mux.HandleFunc("/milestones", func(w http.ResponseWriter, r *http.Request) {
		count := 1
		if s := r.URL.Query().Get("count"); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil || n < 1 || n > 1000 {
				http.Error(w, "count must be 1 to 1000", http.StatusBadRequest)

				return
			}
			count = n
		}
		if r.Method != http.MethodPost {
			http.Error(w, "use POST", http.StatusMethodNotAllowed)

			return
		}
		if s := r.URL.Query().Get("tip"); s != "" {
			for _, hex := range strings.Split(s, ",") {
				id, err := iotago.BlockIDFromHexString(hex)
				if err != nil {
					http.Error(w, err.Error(), http.StatusBadRequest)

					return
				}
				c.tips.add(id)
			}
		}
		var index uint32
		for ; count > 0; count-- {
			var err error
			if index, err = c.issue(ctx); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)

				return
			}
		}
		writeJSON(w, http.StatusOK, map[string]any{"index": index})
	})
	mux.HandleFunc("/withhold", func(w http.ResponseWriter, r *http.Request) {
		count, err := strconv.Atoi(r.URL.Query().Get("count"))
		if err != nil || count < 1 || r.Method != http.MethodPost {
			http.Error(w, "POST with a count of at least 1", http.StatusBadRequest)

			return
		}
		c.tips.withhold(count)
		writeJSON(w, http.StatusOK, map[string]any{"count": count})
	})
	mux.HandleFunc("/mint", func(w http.ResponseWriter, r *http.Request) {
		request := &mintRequest{}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(request); err != nil {
			writeError(w, http.StatusBadRequest, err.Error())

			return
		}
		answer, err := c.mint(ctx, request)
		if err != nil {
			writeError(w, http.StatusBadRequest, err.Error())

			return
		}
		writeJSON(w, http.StatusAccepted, answer)
	})
	mux.HandleFunc("/status", func(w http.ResponseWriter, _ *http.Request) {
		c.mu.Lock()
		state, paused := c.state, c.paused
		c.mu.Unlock()
		writeJSON(w, http.StatusOK, map[string]any{
			"confirmedMilestoneIndex": state.Index, "latestMilestoneId": state.MilestoneID, "latestMilestoneBlockId": state.BlockID,
			"latestMilestoneTimestamp": time.Unix(0, state.Time).Unix(), "intervalMs": interval.Milliseconds(), "paused": paused,
		})
	})

	return mux
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}
