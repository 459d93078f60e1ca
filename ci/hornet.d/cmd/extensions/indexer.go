package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sort"
	"sync"
	"time"

	"github.com/iotaledger/hive.go/serializer/v2"
	inx "github.com/iotaledger/inx/go"
	iotago "github.com/iotaledger/iota.go/v3"
)

const (
	indexerRoute  = "indexer/v1"
	indexerPrefix = "/api/" + indexerRoute
	maxPageSize   = 1000
)

// indexedOutput is what the filters of the API look at.
type indexedOutput struct {
	id      iotago.OutputID
	created uint32
	output  iotago.Output
	chainID string // alias, NFT or foundry ID in hex
}

// position orders outputs by creation and then by ID; a cursor is a position in hex.
func (o *indexedOutput) position() string {
	var b [4 + iotago.OutputIDLength]byte
	binary.BigEndian.PutUint32(b[:], o.created)
	copy(b[4:], o.id[:])

	return hex.EncodeToString(b[:])
}

type indexer struct {
	proto *iotago.ProtocolParameters

	mu          sync.RWMutex
	ledgerIndex uint32
	outputs     map[iotago.OutputID]*indexedOutput
	sorted      []*indexedOutput // nil when it must be made anew
}

func indexerMain(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("indexer", flag.ExitOnError)
	address := fs.String("inx", "127.0.0.1:9029", "INX address of the node")
	bind := fs.String("bind", "127.0.0.1:9091", "address of the REST API")
	_ = fs.Parse(args)

	client, status, err := dialINX(ctx, *address)
	if err != nil {
		return err
	}
	ix := &indexer{outputs: map[iotago.OutputID]*indexedOutput{}, ledgerIndex: status.GetLedgerIndex()}
	if ix.proto, err = protocolParameters(status); err != nil {
		return err
	}
	if err := ix.load(ctx, client); err != nil {
		return err
	}

	updates, err := client.ListenToLedgerUpdates(ctx, &inx.MilestoneRangeRequest{StartMilestoneIndex: ix.ledgerIndex + 1})
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- ix.follow(updates) }()

	listener, err := net.Listen("tcp", *bind)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: ix, ReadHeaderTimeout: 5 * time.Second}
	go func() { failed <- server.Serve(listener) }()

	unregister, err := register(ctx, client, indexerRoute, *bind, indexerPrefix)
	if err != nil {
		return err
	}
	defer unregister()
	log.Printf("indexer ready on %s at ledger index %d with %d outputs", *bind, ix.ledgerIndex, len(ix.outputs))

	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// load takes the whole ledger; it is small on a network for tests.
func (ix *indexer) load(ctx context.Context, client inx.INXClient) error {
	stream, err := client.ReadUnspentOutputs(ctx, &inx.NoParams{})
	if err != nil {
		return err
	}
	for {
		unspent, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := ix.add(unspent.GetOutput()); err != nil {
			return err
		}
		ix.ledgerIndex = unspent.GetLedgerIndex()
	}
}

// follow applies the ledger's changes, one milestone at a time.
func (ix *indexer) follow(stream inx.INX_ListenToLedgerUpdatesClient) error {
	var consumed []*inx.LedgerSpent
	var created []*inx.LedgerOutput
	for {
		update, err := stream.Recv()
		if err != nil {
			return fmt.Errorf("stream of ledger updates: %w", err)
		}
		switch op := update.GetOp().(type) {
		case *inx.LedgerUpdate_Consumed:
			consumed = append(consumed, op.Consumed)
		case *inx.LedgerUpdate_Created:
			created = append(created, op.Created)
		case *inx.LedgerUpdate_BatchMarker:
			if op.BatchMarker.GetMarkerType() == inx.LedgerUpdate_Marker_BEGIN {
				consumed, created = nil, nil

				continue
			}
			ix.mu.Lock()
			for _, output := range created {
				if err := ix.add(output); err != nil {
					ix.mu.Unlock()

					return err
				}
			}
			for _, spent := range consumed {
				delete(ix.outputs, spent.GetOutput().UnwrapOutputID())
			}
			if len(created)+len(consumed) > 0 {
				ix.sorted = nil
			}
			ix.ledgerIndex = op.BatchMarker.GetMilestoneIndex()
			ix.mu.Unlock()
		}
	}
}

func (ix *indexer) add(ledgerOutput *inx.LedgerOutput) error {
	output, err := ledgerOutput.UnwrapOutput(serializer.DeSeriModeNoValidation, ix.proto)
	if err != nil {
		return err
	}
	entry := &indexedOutput{id: ledgerOutput.UnwrapOutputID(), created: ledgerOutput.GetMilestoneTimestampBooked(), output: output}
	switch o := output.(type) {
	case *iotago.AliasOutput:
		id := o.AliasID
		if id.Empty() {
			id = iotago.AliasIDFromOutputID(entry.id)
		}
		entry.chainID = id.ToHex()
	case *iotago.NFTOutput:
		id := o.NFTID
		if id.Empty() {
			id = iotago.NFTIDFromOutputID(entry.id)
		}
		entry.chainID = id.ToHex()
	case *iotago.FoundryOutput:
		id, err := o.ID()
		if err != nil {
			return err
		}
		entry.chainID = id.ToHex()
	}
	ix.outputs[entry.id] = entry

	return nil
}

// ordered returns the outputs by position; the lock is held.
func (ix *indexer) ordered() []*indexedOutput {
	if ix.sorted == nil {
		ix.sorted = make([]*indexedOutput, 0, len(ix.outputs))
		for _, o := range ix.outputs {
			ix.sorted = append(ix.sorted, o)
		}
		sort.Slice(ix.sorted, func(i, j int) bool {
			a, b := ix.sorted[i], ix.sorted[j]
			if a.created != b.created {
				return a.created < b.created
			}

			return bytes.Compare(a.id[:], b.id[:]) < 0
		})
	}

	return ix.sorted
}
