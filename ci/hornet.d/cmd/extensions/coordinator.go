package main

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/iotaledger/hive.go/serializer/v2"
	inx "github.com/iotaledger/inx/go"
	iotago "github.com/iotaledger/iota.go/v3"
	"github.com/iotaledger/iota.go/v3/builder"
)

type coordinator struct {
	client    inx.INXClient
	proto     *iotago.ProtocolParameters
	statePath string
	keys      []ed25519.PrivateKey
	keyCount  int
	ranges    []*inx.MilestoneKeyRange
	tips      tipSet

	mu        sync.Mutex // guards what follows and the issuing of a milestone
	state     coordinatorState
	confirmed chan uint32
	minter    *minter
	paused    bool
}

// controlRoute is where the node serves the control API, as the development node does.
const controlRoute = "devnet/v1"

// milestoneTips is how many parents a milestone can have beside its predecessor.
const milestoneTips = iotago.BlockMaxParents - 1

func coordinatorMain(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("coordinator", flag.ExitOnError)
	address := fs.String("inx", "127.0.0.1:9029", "INX address of the node")
	statePath := fs.String("state", "coordinator.state", "state file, as written by hornet tool bootstrap-private-tangle")
	interval := fs.Duration("interval", time.Second, "time between milestones; 0: only on POST /milestones")
	control := fs.String("control", "127.0.0.1:14270", "address of the control API")
	_ = fs.Parse(args)

	c := &coordinator{statePath: *statePath, confirmed: make(chan uint32, 1024), tips: tipSet{tips: map[iotago.BlockID]struct{}{}}}
	for _, key := range strings.Split(os.Getenv("COO_PRV_KEYS"), ",") {
		raw, err := hex.DecodeString(key)
		if err != nil || len(raw) != ed25519.PrivateKeySize {
			return errors.New("COO_PRV_KEYS must hold comma separated 64 byte ed25519 private keys in hex")
		}
		c.keys = append(c.keys, raw)
	}

	seed, err := hex.DecodeString(os.Getenv("WALLET_SEED"))
	if err != nil || len(seed) != ed25519.SeedSize {
		return errors.New("WALLET_SEED must hold the 32 byte seed of the genesis wallet's key in hex")
	}
	c.minter = newMinter(seed)

	client, status, err := dialINX(ctx, *address)
	if err != nil {
		return err
	}
	c.client = client
	if c.proto, err = protocolParameters(status); err != nil {
		return err
	}
	config, err := client.ReadNodeConfiguration(ctx, &inx.NoParams{})
	if err != nil {
		return err
	}
	c.keyCount, c.ranges = int(config.GetMilestonePublicKeyCount()), config.GetMilestoneKeyRanges()
	if err := c.restore(status); err != nil {
		return err
	}

	solid, err := client.ListenToSolidBlocks(ctx, &inx.NoParams{})
	if err != nil {
		return err
	}
	milestones, err := client.ListenToConfirmedMilestones(ctx, &inx.MilestoneRangeRequest{})
	if err != nil {
		return err
	}
	failed := make(chan error, 4)
	go func() {
		for {
			meta, err := solid.Recv()
			if err != nil {
				failed <- fmt.Errorf("stream of solid blocks: %w", err)

				return
			}
			if !c.tips.passOver(func() bool { return c.isTransaction(ctx, meta.GetBlockId()) }) {
				c.tips.onSolid(meta)
			}
		}
	}()
	go func() {
		for {
			ms, err := milestones.Recv()
			if err != nil {
				failed <- fmt.Errorf("stream of confirmed milestones: %w", err)

				return
			}
			select {
			case c.confirmed <- ms.GetMilestone().GetMilestoneInfo().GetMilestoneIndex():
			default: // nobody waits
			}
		}
	}()
	go func() {
		server := &http.Server{Addr: *control, Handler: c.controlAPI(ctx, *interval), ReadHeaderTimeout: 5 * time.Second}
		failed <- fmt.Errorf("control API: %w", server.ListenAndServe())
	}()

	unregister, err := register(ctx, client, controlRoute, *control, "")
	if err != nil {
		return err
	}
	defer unregister()
	log.Printf("coordinator ready after milestone %d, interval %v, control API on %s", c.state.Index, *interval, *control)

	var tick <-chan time.Time
	if *interval > 0 {
		ticker := time.NewTicker(*interval)
		defer ticker.Stop()
		tick = ticker.C
	}
	// at once: a node is healthy only with a young milestone
	if _, err := c.issue(ctx); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-tick:
			if err := c.issueUnlessPaused(ctx); err != nil {
				return err
			}
		}
	}
}

func (c *coordinator) isTransaction(ctx context.Context, id *inx.BlockId) bool {
	raw, err := c.client.ReadBlock(ctx, id)
	if err != nil {
		return false
	}
	block, err := raw.UnwrapBlock(serializer.DeSeriModeNoValidation, c.proto)
	if err != nil {
		return false
	}
	_, ok := block.Payload.(*iotago.Transaction)

	return ok
}

// restore takes the state of the last run, which must match the node's. A
// milestone is noted in a second file before it is submitted, so that a stop in
// between is no loss.
func (c *coordinator) restore(status *inx.NodeStatus) error {
	info := status.GetLatestMilestone().GetMilestoneInfo()
	id := iotago.EncodeHex(info.GetMilestoneId().GetId())
	for _, path := range []string{c.statePath, c.statePath + ".next"} {
		s, err := readState(path)
		if errors.Is(err, os.ErrNotExist) && path != c.statePath {
			continue
		}
		if err != nil {
			return err
		}
		if s.MilestoneID == id && s.Index == info.GetMilestoneIndex() {
			c.state = *s

			return s.write(c.statePath)
		}
	}

	return fmt.Errorf("the node's latest milestone %d (%s) is not the one in %s: the state is of another network or incomplete, reset it", info.GetMilestoneIndex(), id, c.statePath)
}

// issueUnlessPaused looks under the lock: who has paused sees no milestone that the timer makes.
func (c *coordinator) issueUnlessPaused(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paused {
		return nil
	}
	_, err := c.issueLocked(ctx)

	return err
}

// issue makes the next milestone, submits it and waits until the node has confirmed it.
func (c *coordinator) issue(ctx context.Context) (uint32, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.issueLocked(ctx)
}

func (c *coordinator) issueLocked(ctx context.Context) (uint32, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()

	previousBlock, err := iotago.BlockIDFromHexString(c.state.BlockID)
	if err != nil {
		return 0, err
	}
	tips := c.tips.take(previousBlock)

	// more tips than fit are gathered below checkpoint blocks, so that this
	// milestone confirms them all
	for len(tips) > milestoneTips {
		block, err := builder.NewBlockBuilder().ProtocolVersion(c.proto.Version).
			Parents(append(iotago.BlockIDs{}, tips[:iotago.BlockMaxParents]...).RemoveDupsAndSort()).
			Payload(&iotago.TaggedData{Tag: []byte("checkpoint")}).Build()
		if err != nil {
			return 0, err
		}
		id, err := c.submit(ctx, block)
		if err != nil {
			return 0, err
		}
		tips = append(tips[iotago.BlockMaxParents:], id)
	}

	block, milestoneID, next, err := c.build(ctx, append(iotago.BlockIDs{previousBlock}, tips...))
	if err != nil && len(tips) > 0 {
		log.Printf("milestone %d without %d tips: %v", c.state.Index+1, len(tips), err)
		block, milestoneID, next, err = c.build(ctx, iotago.BlockIDs{previousBlock})
	}
	if err != nil {
		return 0, err
	}
	if err := next.write(c.statePath + ".next"); err != nil {
		return 0, err
	}
	blockID, err := c.submit(ctx, block)
	if err != nil {
		return 0, err
	}
	if blockID.ToHex() != next.BlockID {
		return 0, fmt.Errorf("the node gave milestone block %s the ID %s", next.BlockID, blockID.ToHex())
	}
	for {
		select {
		case index := <-c.confirmed:
			if index < next.Index {
				continue
			}
		case <-ctx.Done():
			return 0, fmt.Errorf("milestone %d was not confirmed: %w", next.Index, ctx.Err())
		}

		break
	}
	c.state = *next
	log.Printf("milestone %d %s (%d tips)", next.Index, milestoneID, len(tips))

	return next.Index, next.write(c.statePath)
}

func (c *coordinator) build(ctx context.Context, parents iotago.BlockIDs) (*iotago.Block, string, *coordinatorState, error) {
	previous, err := iotago.DecodeHex(c.state.MilestoneID)
	if err != nil || len(previous) != iotago.MilestoneIDLength {
		return nil, "", nil, fmt.Errorf("bad milestone ID %q in the state", c.state.MilestoneID)
	}
	previousID := iotago.MilestoneID{}
	copy(previousID[:], previous)

	// the protocol wants timestamps, in seconds, to grow: with more than one
	// milestone a second they run ahead of the clock
	index, timestamp := c.state.Index+1, uint32(time.Now().Unix())
	if last := uint32(time.Unix(0, c.state.Time).Unix()); timestamp <= last {
		timestamp = last + 1
	}

	parents = parents.RemoveDupsAndSort()
	roots, err := c.client.ComputeWhiteFlag(ctx, &inx.WhiteFlagRequest{
		MilestoneIndex:      index,
		MilestoneTimestamp:  timestamp,
		Parents:             inx.NewBlockIds(parents),
		PreviousMilestoneId: inx.NewMilestoneId(previousID),
	})
	if err != nil {
		return nil, "", nil, fmt.Errorf("white flag: %w", err)
	}
	inclusion, applied := iotago.MilestoneMerkleProof{}, iotago.MilestoneMerkleProof{}
	copy(inclusion[:], roots.GetMilestoneInclusionMerkleRoot())
	copy(applied[:], roots.GetMilestoneAppliedMerkleRoot())

	milestone := iotago.NewMilestone(index, timestamp, c.proto.Version, previousID, parents, inclusion, applied)
	publicKeys, sign := c.signer(index)
	if err := milestone.Sign(publicKeys, sign); err != nil {
		return nil, "", nil, fmt.Errorf("sign milestone %d: %w", index, err)
	}
	id, err := milestone.ID()
	if err != nil {
		return nil, "", nil, err
	}
	block, err := builder.NewBlockBuilder().ProtocolVersion(c.proto.Version).Parents(parents).Payload(milestone).Build()
	if err != nil {
		return nil, "", nil, err
	}
	blockID, err := block.ID()
	if err != nil {
		return nil, "", nil, err
	}
	next := &coordinatorState{Index: index, BlockID: blockID.ToHex(), MilestoneID: id.ToHex(), Time: time.Unix(int64(timestamp), 0).UnixNano()}

	return block, next.MilestoneID, next, nil
}

// signer picks, of the keys at hand, those that may sign the milestone.
func (c *coordinator) signer(index uint32) ([]iotago.MilestonePublicKey, iotago.MilestoneSigningFunc) {
	var publicKeys []iotago.MilestonePublicKey
	mapping := iotago.MilestonePublicKeyMapping{}
	for _, key := range c.keys {
		public := iotago.MilestonePublicKey{}
		copy(public[:], key.Public().(ed25519.PublicKey))
		for _, r := range c.ranges {
			if string(r.GetPublicKey()) == string(public[:]) && index >= r.GetStartIndex() &&
				(r.GetEndIndex() == 0 || index <= r.GetEndIndex()) && len(publicKeys) < c.keyCount {
				publicKeys = append(publicKeys, public)
				mapping[public] = key

				break
			}
		}
	}

	return publicKeys, iotago.InMemoryEd25519MilestoneSigner(mapping)
}

func (c *coordinator) submit(ctx context.Context, block *iotago.Block) (iotago.BlockID, error) {
	raw, err := inx.WrapBlock(block)
	if err != nil {
		return iotago.BlockID{}, err
	}
	id, err := c.client.SubmitBlock(ctx, raw)
	if err != nil {
		return iotago.BlockID{}, fmt.Errorf("submit block: %w", err)
	}

	return id.Unwrap(), nil
}
