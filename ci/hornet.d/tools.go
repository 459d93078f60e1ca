//go:build tools

// Package hornet pins the node as a module dependency, so that "go build" takes it, checked by go.sum,
// from whatever module source the Go command is set up with.
package hornet

import (
	_ "github.com/iotaledger/hornet/v2"
)
