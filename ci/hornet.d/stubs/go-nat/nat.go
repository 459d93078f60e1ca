// Package nat stands in for github.com/libp2p/go-nat in the build of the network.
//
// Hornet switches libp2p's NAT port mapping on unconditionally, which sends
// UPnP (SSDP multicast) and NAT-PMP packets to the local network at start.
// This network must not talk to anything but loopback, so discovery finds
// nothing here and sends nothing.
package nat

import (
	"context"
	"errors"
	"net"
	"time"
)

var (
	ErrNoExternalAddress = errors.New("no external address")
	ErrNoInternalAddress = errors.New("no internal address")
	ErrNoNATFound        = errors.New("no NAT found")
)

// NAT is the interface libp2p expects of a gateway device.
type NAT interface {
	Type() string
	GetDeviceAddress() (addr net.IP, err error)
	GetExternalAddress() (addr net.IP, err error)
	GetInternalAddress() (addr net.IP, err error)
	AddPortMapping(ctx context.Context, protocol string, internalPort int, description string, timeout time.Duration) (mappedExternalPort int, err error)
	DeletePortMapping(ctx context.Context, protocol string, internalPort int) (err error)
}

// DiscoverNATs reports no devices.
func DiscoverNATs(context.Context) <-chan NAT {
	c := make(chan NAT)
	close(c)

	return c
}

// DiscoverGateway reports that there is no gateway device.
func DiscoverGateway(context.Context) (NAT, error) {
	return nil, ErrNoNATFound
}
