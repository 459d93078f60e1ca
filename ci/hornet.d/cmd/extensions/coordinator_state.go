package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"

	inx "github.com/iotaledger/inx/go"
	iotago "github.com/iotaledger/iota.go/v3"
)

// coordinatorState is the JSON that "hornet tool bootstrap-private-tangle" writes.
type coordinatorState struct {
	Index       uint32 `json:"latestMilestoneIndex"`
	BlockID     string `json:"latestMilestoneBlockId"`
	MilestoneID string `json:"latestMilestoneId"`
	Time        int64  `json:"latestMilestoneTime"`
}

func readState(path string) (*coordinatorState, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &coordinatorState{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}

	return s, nil
}

func (s *coordinatorState) write(path string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".tmp", data, 0o600); err != nil {
		return err
	}

	return os.Rename(path+".tmp", path)
}

// tipSet holds the solid blocks that no other block references yet.
type tipSet struct {
	mu   sync.Mutex
	tips map[iotago.BlockID]struct{}
	// so many of the next transactions do not become tips
	withheld int
}

func (t *tipSet) onSolid(meta *inx.BlockMetadata) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, parent := range meta.UnwrapParents() {
		delete(t.tips, parent)
	}
	if !meta.GetShouldReattach() && meta.GetReferencedByMilestoneIndex() == 0 {
		t.tips[meta.UnwrapBlockID()] = struct{}{}
	}
}

// withhold has the blocks of the next transactions confirmed only when a later block references them.
func (t *tipSet) withhold(count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.withheld += count
}

// passOver says whether a new block is one to withhold, and counts it then.
func (t *tipSet) passOver(isTransaction func() bool) bool {
	t.mu.Lock()
	wanted := t.withheld > 0
	t.mu.Unlock()
	if !wanted || !isTransaction() {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.withheld--

	return true
}

func (t *tipSet) add(id iotago.BlockID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tips[id] = struct{}{}
}

// take removes and returns all tips but one.
func (t *tipSet) take(except iotago.BlockID) iotago.BlockIDs {
	t.mu.Lock()
	defer t.mu.Unlock()
	ids := make(iotago.BlockIDs, 0, len(t.tips))
	for id := range t.tips {
		if id != except {
			ids = append(ids, id)
		}
	}
	t.tips = map[iotago.BlockID]struct{}{}

	return ids
}
