// Command extensions holds the parts of a private IOTA Stardust network that Hornet does not bring itself:
// "extensions coordinator" issues the milestones, "extensions indexer" serves the indexer REST API (TIP-26)
// and "extensions faucet" pays out test tokens. All are INX extensions of one Hornet node, for tests on one
// machine only. "extensions ports" finds ports for them.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/iotaledger/hive.go/serializer/v2"
	inx "github.com/iotaledger/inx/go"
	iotago "github.com/iotaledger/iota.go/v3"
)

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	var err error
	switch {
	case len(os.Args) > 1 && os.Args[1] == "coordinator":
		err = coordinatorMain(ctx, os.Args[2:])
	case len(os.Args) > 1 && os.Args[1] == "indexer":
		err = indexerMain(ctx, os.Args[2:])
	case len(os.Args) > 1 && os.Args[1] == "faucet":
		err = faucetMain(ctx, os.Args[2:])
	case len(os.Args) > 1 && os.Args[1] == "ports":
		err = portsMain(os.Args[2:])
	default:
		err = errors.New("usage: extensions coordinator|indexer|faucet|ports [flags]")
	}

	if err != nil && ctx.Err() == nil {
		log.Printf("fatal: %v", err)
		os.Exit(1)
	}
}

// dialINX connects to the INX interface of a node and waits until it answers.
func dialINX(ctx context.Context, address string) (inx.INXClient, *inx.NodeStatus, error) {
	conn, err := grpc.DialContext(ctx, address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, nil, err
	}

	client := inx.NewINXClient(conn)
	for attempt := 0; ; attempt++ {
		status, err := client.ReadNodeStatus(ctx, &inx.NoParams{})
		if err == nil {
			return client, status, nil
		}
		if ctx.Err() != nil || attempt == 100 {
			return nil, nil, fmt.Errorf("node's INX at %s does not answer: %w", address, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// register has the node serve what listens on an address below /api/ROUTE, until the returned function is called.
func register(ctx context.Context, client inx.INXClient, route string, address string, path string) (func(), error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	if _, err := client.RegisterAPIRoute(ctx, &inx.APIRouteRequest{Route: route, Host: host, Port: uint32(number), Path: path}); err != nil {
		return nil, fmt.Errorf("register the route %s: %w", route, err)
	}

	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, _ = client.UnregisterAPIRoute(ctx, &inx.APIRouteRequest{Route: route})
	}, nil
}

func protocolParameters(status *inx.NodeStatus) (*iotago.ProtocolParameters, error) {
	p := &iotago.ProtocolParameters{}
	if _, err := p.Deserialize(status.GetCurrentProtocolParameters().GetParams(), serializer.DeSeriModeNoValidation, nil); err != nil {
		return nil, fmt.Errorf("protocol parameters: %w", err)
	}

	return p, nil
}
