package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// portsMain prints ports of loopback, one a line: "ports N" as many that are free, "ports check PORT..."
// those of the named ones that another program has.
func portsMain(args []string) error {
	if len(args) > 1 && args[0] == "check" {
		for _, port := range args[1:] {
			listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
			if err != nil {
				fmt.Println(port)

				continue
			}
			_ = listener.Close()
		}

		return nil
	}
	if len(args) != 1 {
		return errors.New("usage: extensions ports N | check PORT...")
	}
	count, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	// all are open at once, so that none is given twice
	for ; count > 0; count-- {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer listener.Close()
		fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	}

	return nil
}
