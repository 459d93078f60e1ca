package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	iotago "github.com/iotaledger/iota.go/v3"
)

type predicate func(o *indexedOutput) bool

// filters are the query parameters of each kind of outputs, from TIP-26.
var filters = map[string][]string{
	"any":     {"unlockableByAddress"},
	"basic":   append([]string{"sender", "tag"}, conditionFilters...),
	"alias":   {"stateController", "governor", "unlockableByAddress", "issuer", "sender"},
	"foundry": {"aliasAddress"},
	"nft":     append([]string{"issuer", "sender", "tag"}, conditionFilters...),
}

var conditionFilters = []string{
	"address", "unlockableByAddress", "hasStorageDepositReturn", "storageDepositReturnAddress", "hasTimelock", "timelockedBefore",
	"timelockedAfter", "hasExpiration", "expiresBefore", "expiresAfter", "expirationReturnAddress",
}

var commonFilters = []string{"hasNativeTokens", "minNativeTokenCount", "maxNativeTokenCount", "createdBefore", "createdAfter"}

func (ix *indexer) parse(query url.Values, kind string) (matches predicate, pageSize int, start string, err error) {
	if pageSize, start, err = parsePage(query); err != nil {
		return nil, 0, "", err
	}
	var all []predicate
	for _, name := range append(append([]string{}, filters[kind]...), commonFilters...) {
		if value := query.Get(name); value != "" {
			p, err := ix.filter(name, value)
			if err != nil {
				return nil, 0, "", fmt.Errorf("invalid %s: %s, error: %w", name, value, err)
			}
			all = append(all, p)
		}
	}

	return func(o *indexedOutput) bool {
		for _, p := range all {
			if !p(o) {
				return false
			}
		}

		return true
	}, pageSize, start, nil
}

func parsePage(query url.Values) (pageSize int, start string, err error) {
	pageSize = maxPageSize
	if s := query.Get("pageSize"); s != "" {
		if pageSize, err = strconv.Atoi(s); err != nil || pageSize < 1 {
			return 0, "", fmt.Errorf("invalid value: %s, error: pageSize", s)
		}
	}
	if s := query.Get("cursor"); s != "" {
		position, size, ok := strings.Cut(s, ".")
		n, numErr := strconv.Atoi(size)
		if raw, hexErr := hex.DecodeString(position); !ok || hexErr != nil || numErr != nil || n < 1 || len(raw) != 4+iotago.OutputIDLength {
			return 0, "", errors.New("query parameter cursor has wrong format")
		}
		start, pageSize = strings.ToLower(position), n
	}

	return min(pageSize, maxPageSize), start, nil
}

// addressFilters name the addresses of an output that may be the one asked for; nil stands for none.
var addressFilters = map[string]func(o *indexedOutput) []iotago.Address{
	"address":                     single(owner),
	"stateController":             single(stateController),
	"governor":                    single(governor),
	"aliasAddress":                single(foundryAlias),
	"expirationReturnAddress":     single(expirationReturn),
	"storageDepositReturnAddress": single(depositReturn),
	"unlockableByAddress": func(o *indexedOutput) []iotago.Address {
		c := o.output.UnlockConditionSet()

		return []iotago.Address{owner(c), stateController(c), governor(c), expirationReturn(c), depositReturn(c), foundryAlias(c)}
	},
	"sender": func(o *indexedOutput) []iotago.Address {
		if f := o.output.FeatureSet().SenderFeature(); f != nil {
			return []iotago.Address{f.Address}
		}

		return nil
	},
	"issuer": func(o *indexedOutput) []iotago.Address {
		if chain, ok := o.output.(iotago.ChainConstrainedOutput); ok {
			if f := chain.ImmutableFeatureSet().IssuerFeature(); f != nil {
				return []iotago.Address{f.Address}
			}
		}

		return nil
	},
}

var flagFilters = map[string]func(o *indexedOutput) bool{
	"hasStorageDepositReturn": func(o *indexedOutput) bool { return o.output.UnlockConditionSet().HasStorageDepositReturnCondition() },
	"hasTimelock":             func(o *indexedOutput) bool { return o.output.UnlockConditionSet().HasTimelockCondition() },
	"hasExpiration":           func(o *indexedOutput) bool { return o.output.UnlockConditionSet().HasExpirationCondition() },
	"hasNativeTokens":         func(o *indexedOutput) bool { return len(o.output.NativeTokenList()) > 0 },
}

// numberFilters return the value to compare and whether there is one.
var numberFilters = map[string]struct {
	of      func(o *indexedOutput) (uint32, bool)
	compare func(have, want uint32) bool
}{
	"timelockedBefore":    {timelock, less},
	"timelockedAfter":     {timelock, greater},
	"expiresBefore":       {expiration, less},
	"expiresAfter":        {expiration, greater},
	"createdBefore":       {created, less},
	"createdAfter":        {created, greater},
	"minNativeTokenCount": {nativeTokens, func(have, want uint32) bool { return have >= want }},
	"maxNativeTokenCount": {nativeTokens, func(have, want uint32) bool { return have <= want }},
}

func less(have, want uint32) bool    { return have < want }
func greater(have, want uint32) bool { return have > want }

func (ix *indexer) filter(name string, value string) (predicate, error) {
	if of, ok := addressFilters[name]; ok {
		want, err := ix.address(name, value)

		return func(o *indexedOutput) bool {
			for _, a := range of(o) {
				if a != nil && a.Equal(want) {
					return true
				}
			}

			return false
		}, err
	}
	if of, ok := flagFilters[name]; ok {
		want, err := strconv.ParseBool(value)

		return func(o *indexedOutput) bool { return of(o) == want }, err
	}
	if number, ok := numberFilters[name]; ok {
		want, err := strconv.ParseUint(value, 10, 32)

		return func(o *indexedOutput) bool {
			have, ok := number.of(o)

			return ok && number.compare(have, uint32(want))
		}, err
	}
	if name == "tag" {
		want, err := iotago.DecodeHex(value)

		return func(o *indexedOutput) bool {
			f := o.output.FeatureSet().TagFeature()

			return len(want) == 0 || f != nil && bytes.Equal(f.Tag, want)
		}, err
	}

	return nil, errors.New("unknown filter")
}

func (ix *indexer) address(name string, value string) (iotago.Address, error) {
	hrp, address, err := iotago.ParseBech32(value)
	switch {
	case err != nil:
		return nil, err
	case name == "aliasAddress" && address.Type() != iotago.AddressAlias:
		return nil, errors.New("not an alias address")
	case hrp != ix.proto.Bech32HRP:
		return nil, fmt.Errorf("invalid bech32 address, expected prefix: %s", ix.proto.Bech32HRP)
	}

	return address, nil
}

func single(of func(c iotago.UnlockConditionSet) iotago.Address) func(o *indexedOutput) []iotago.Address {
	return func(o *indexedOutput) []iotago.Address {
		return []iotago.Address{of(o.output.UnlockConditionSet())}
	}
}

func owner(c iotago.UnlockConditionSet) iotago.Address {
	if found := c.Address(); found != nil {
		return found.Address
	}

	return nil
}

func stateController(c iotago.UnlockConditionSet) iotago.Address {
	if found := c.StateControllerAddress(); found != nil {
		return found.Address
	}

	return nil
}

func governor(c iotago.UnlockConditionSet) iotago.Address {
	if found := c.GovernorAddress(); found != nil {
		return found.Address
	}

	return nil
}

func expirationReturn(c iotago.UnlockConditionSet) iotago.Address {
	if found := c.Expiration(); found != nil {
		return found.ReturnAddress
	}

	return nil
}

func depositReturn(c iotago.UnlockConditionSet) iotago.Address {
	if found := c.StorageDepositReturn(); found != nil {
		return found.ReturnAddress
	}

	return nil
}

func foundryAlias(c iotago.UnlockConditionSet) iotago.Address {
	if found := c.ImmutableAlias(); found != nil {
		return found.Address
	}

	return nil
}

func timelock(o *indexedOutput) (uint32, bool) {
	if c := o.output.UnlockConditionSet().Timelock(); c != nil {
		return c.UnixTime, true
	}

	return 0, false
}

func expiration(o *indexedOutput) (uint32, bool) {
	if c := o.output.UnlockConditionSet().Expiration(); c != nil {
		return c.UnixTime, true
	}

	return 0, false
}

func created(o *indexedOutput) (uint32, bool) { return o.created, true }

func nativeTokens(o *indexedOutput) (uint32, bool) {
	return uint32(len(o.output.NativeTokenList())), true
}
