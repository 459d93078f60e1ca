package main

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/iotaledger/hive.go/app/daemon"
	"github.com/iotaledger/inx-faucet/pkg/faucet"
	inx "github.com/iotaledger/inx/go"
	iotago "github.com/iotaledger/iota.go/v3"
	"github.com/iotaledger/iota.go/v3/nodeclient"
)

// faucetMain runs inx-faucet's faucet with the routes of its REST API, but
// without its web page, which is no part of its Go module.
func faucetMain(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("faucet", flag.ExitOnError)
	address := fs.String("inx", "127.0.0.1:9029", "INX address of the node")
	bind := fs.String("bind", "127.0.0.1:8091", "address of the REST API")
	amount := fs.Uint64("amount", 1_000_000_000, "base units of one payment")
	smallAmount := fs.Uint64("small-amount", 100_000_000, "base units of one payment to an address that has -amount already")
	maxBalance := fs.Uint64("max-balance", 10_000_000_000, "an address with so much gets no more")
	batch := fs.Duration("batch", 100*time.Millisecond, "how long requests are gathered for one transaction")
	_ = fs.Parse(args)

	key, err := hex.DecodeString(os.Getenv("FAUCET_PRV_KEY"))
	if err != nil || len(key) != ed25519.PrivateKeySize {
		return errors.New("FAUCET_PRV_KEY must hold a 64 byte ed25519 private key in hex")
	}
	owner := iotago.Ed25519AddressFromPubKey(ed25519.PrivateKey(key).Public().(ed25519.PublicKey))

	client, status, err := dialINX(ctx, *address)
	if err != nil {
		return err
	}
	proto, err := protocolParameters(status)
	if err != nil {
		return err
	}
	config, err := client.ReadNodeConfiguration(ctx, &inx.NoParams{})
	if err != nil {
		return err
	}
	indexer, err := inx.NewNodeclientOverINX(client).Indexer(ctx)
	if err != nil {
		return fmt.Errorf("the node has no indexer: %w", err)
	}

	healthy := func() bool {
		status, err := client.ReadNodeStatus(ctx, &inx.NoParams{})

		return err == nil && status.GetIsHealthy()
	}
	metadata := func(id iotago.BlockID) (*faucet.Metadata, error) {
		m, err := client.ReadBlockMetadata(ctx, inx.NewBlockId(id))
		if grpcstatus.Code(err) == codes.NotFound {
			return nil, nil //nolint:nilnil // the faucet's way to say so
		}
		if err != nil {
			return nil, err
		}

		return &faucet.Metadata{
			IsReferenced:   m.GetReferencedByMilestoneIndex() != 0,
			IsConflicting:  m.GetConflictReason() != inx.BlockMetadata_CONFLICT_REASON_NONE,
			ShouldReattach: m.GetShouldReattach(),
		}, nil
	}
	outputs := func(of iotago.Address) ([]faucet.UTXOOutput, error) {
		no := false
		result, err := indexer.Outputs(ctx, &nodeclient.BasicOutputsQuery{
			AddressBech32:              of.Bech32(proto.Bech32HRP),
			IndexerExpirationParas:     nodeclient.IndexerExpirationParas{HasExpiration: &no},
			IndexerTimelockParas:       nodeclient.IndexerTimelockParas{HasTimelock: &no},
			IndexerStorageDepositParas: nodeclient.IndexerStorageDepositParas{HasStorageDepositReturn: &no},
		})
		if err != nil {
			return nil, err
		}
		all := []faucet.UTXOOutput{}
		for result.Next() {
			found, err := result.Outputs()
			if err != nil {
				return nil, err
			}
			for i, id := range result.Response.Items.MustOutputIDs() {
				if basic, ok := found[i].(*iotago.BasicOutput); ok {
					all = append(all, faucet.UTXOOutput{OutputID: id, Output: basic})
				}
			}
		}

		return all, result.Error
	}
	submit := func(ctx context.Context, block *iotago.Block) (iotago.BlockID, error) {
		raw, err := inx.WrapBlock(block)
		if err != nil {
			return iotago.BlockID{}, err
		}
		id, err := client.SubmitBlock(ctx, raw)
		if err != nil {
			return iotago.BlockID{}, err
		}

		return id.Unwrap(), nil
	}

	background := daemon.New()
	background.Start()
	defer background.Shutdown()

	f := faucet.New(background, metadata, outputs, healthy,
		func() *iotago.ProtocolParameters { return proto },
		&owner, iotago.NewInMemoryAddressSigner(iotago.NewAddressKeysForEd25519Address(&owner, key)), submit,
		faucet.WithTokenName(config.GetBaseToken().GetName()),
		faucet.WithAmount(*amount), faucet.WithSmallAmount(*smallAmount), faucet.WithMaxAddressBalance(*maxBalance),
		faucet.WithBatchTimeout(*batch), faucet.WithTagMessage("faucet"),
	)

	updates, err := client.ListenToLedgerUpdates(ctx, &inx.MilestoneRangeRequest{})
	if err != nil {
		return err
	}
	failed := make(chan error, 3)
	go func() { failed <- f.RunFaucetLoop(ctx, nil) }()
	go func() {
		var created, consumed iotago.OutputIDs
		for {
			update, err := updates.Recv()
			if err != nil {
				failed <- fmt.Errorf("stream of ledger updates: %w", err)

				return
			}
			switch op := update.GetOp().(type) {
			case *inx.LedgerUpdate_Created:
				created = append(created, op.Created.UnwrapOutputID())
			case *inx.LedgerUpdate_Consumed:
				consumed = append(consumed, op.Consumed.GetOutput().UnwrapOutputID())
			case *inx.LedgerUpdate_BatchMarker:
				if op.BatchMarker.GetMarkerType() == inx.LedgerUpdate_Marker_END {
					if err := f.ApplyNewLedgerUpdate(created, consumed); err != nil {
						failed <- err

						return
					}
				}
				created, consumed = nil, nil
			}
		}
	}()

	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		if !healthy() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("/api/info", func(w http.ResponseWriter, _ *http.Request) {
		info, err := f.Info()
		answer(w, http.StatusOK, info, err)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { writeError(w, http.StatusNotFound, "Not Found") })
	mux.HandleFunc("/api/enqueue", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			writeError(w, http.StatusMethodNotAllowed, "Method Not Allowed")

			return
		}
		request := struct {
			Address string `json:"address"`
		}{}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&request); err != nil {
			writeError(w, http.StatusBadRequest, "Invalid Request! Error: "+err.Error())

			return
		}
		response, err := f.Enqueue(request.Address)
		answer(w, http.StatusAccepted, response, err)
	})
	go func() {
		server := &http.Server{Addr: *bind, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
		failed <- server.ListenAndServe()
	}()
	log.Printf("faucet ready on %s", *bind)

	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

func answer(w http.ResponseWriter, code int, v any, err error) {
	var httpError *echo.HTTPError
	switch {
	case errors.As(err, &httpError):
		writeError(w, httpError.Code, err.Error())
	case err != nil:
		writeError(w, http.StatusInternalServerError, err.Error())
	default:
		writeJSON(w, code, v)
	}
}
