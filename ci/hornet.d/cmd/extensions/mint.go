package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/iotaledger/hive.go/serializer/v2"
	inx "github.com/iotaledger/inx/go"
	iotago "github.com/iotaledger/iota.go/v3"
	"github.com/iotaledger/iota.go/v3/builder"
)

// maxMinted is the limit of outputs of one transaction, less the remainder.
const maxMinted = iotago.MaxOutputsCount - 1

// minter makes outputs for tests from the genesis wallet's funds.
type minter struct {
	key   ed25519.PrivateKey
	owner iotago.Ed25519Address
	// the output that the next transaction spends, and the block that made it
	id    iotago.OutputID
	funds *iotago.BasicOutput
	block *iotago.BlockID
}

func newMinter(seed []byte) *minter {
	key := ed25519.NewKeyFromSeed(seed)

	return &minter{key: key, owner: iotago.Ed25519AddressFromPubKey(key.Public().(ed25519.PublicKey))}
}

// mintRequest is what the control route of the development node takes.
type mintRequest struct {
	Address string            `json:"address"`
	Amount  json.RawMessage   `json:"amount"`
	Count   *int              `json:"count"`
	Output  json.RawMessage   `json:"output"`
	Outputs []json.RawMessage `json:"outputs"`
}

type mintAnswer struct {
	OutputIDs      []string `json:"outputIds"`
	TransactionIDs []string `json:"transactionIds"`
	BlockIDs       []string `json:"blockIds"`
}

func (c *coordinator) mint(ctx context.Context, request *mintRequest) (*mintAnswer, error) {
	outputs, err := request.all(c.proto)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.minter.funds == nil {
		if err := c.minter.find(ctx, c.client, c.proto); err != nil {
			return nil, err
		}
	}
	answer := &mintAnswer{}
	for len(outputs) > 0 {
		count := min(len(outputs), maxMinted)
		if err := c.mintSome(ctx, outputs[:count], answer); err != nil {
			// the ledger knows better what there is to spend
			c.minter.funds = nil

			return nil, err
		}
		outputs = outputs[count:]
	}

	return answer, nil
}

// all are the outputs asked for, each as often as wanted.
func (r *mintRequest) all(proto *iotago.ProtocolParameters) (iotago.Outputs, error) {
	amount, err := parseAmount(r.Amount)
	if err != nil {
		return nil, err
	}
	var outputs iotago.Outputs
	if r.Address != "" {
		hrp, address, err := iotago.ParseBech32(r.Address)
		if err != nil || hrp != proto.Bech32HRP {
			return nil, fmt.Errorf("no address of this network: %s", r.Address)
		}
		outputs = append(outputs, &iotago.BasicOutput{Conditions: iotago.UnlockConditions{&iotago.AddressUnlockCondition{Address: address}}})
	}
	if len(r.Output) > 0 {
		r.Outputs = append([]json.RawMessage{r.Output}, r.Outputs...)
	}
	for _, text := range r.Outputs {
		output, err := parseOutput(text)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, output)
	}
	count := 1
	if r.Count != nil {
		count = *r.Count
	}
	if len(outputs) == 0 || count < 1 || count > 10_000 {
		return nil, errors.New("an address or outputs, between 1 and 10000 of them, are needed")
	}
	var all iotago.Outputs
	for range make([]struct{}, count) {
		for _, output := range outputs {
			output = output.Clone()
			if amount != nil {
				setAmount(output, *amount)
			}
			all = append(all, output)
		}
	}

	return all, nil
}

func parseAmount(text json.RawMessage) (*uint64, error) {
	if len(text) == 0 || string(text) == "null" {
		return nil, nil //nolint:nilnil // no amount is given
	}
	if unquoted, err := strconv.Unquote(string(text)); err == nil {
		text = []byte(unquoted)
	}
	amount, err := strconv.ParseUint(string(text), 10, 64)

	return &amount, err
}

func parseOutput(text json.RawMessage) (iotago.Output, error) {
	kind := struct {
		Type iotago.OutputType `json:"type"`
	}{}
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, err
	}
	var output iotago.Output
	switch kind.Type {
	case iotago.OutputBasic:
		output = &iotago.BasicOutput{}
	case iotago.OutputAlias:
		output = &iotago.AliasOutput{}
	case iotago.OutputNFT:
		output = &iotago.NFTOutput{}
	default:
		return nil, fmt.Errorf("outputs of type %d cannot be minted on a real network", kind.Type)
	}

	return output, json.Unmarshal(text, output)
}

func setAmount(output iotago.Output, amount uint64) {
	switch o := output.(type) {
	case *iotago.BasicOutput:
		o.Amount = amount
	case *iotago.AliasOutput:
		o.Amount = amount
	case *iotago.NFTOutput:
		o.Amount = amount
	}
}

// find takes the largest plain output of the wallet.
func (m *minter) find(ctx context.Context, client inx.INXClient, proto *iotago.ProtocolParameters) error {
	stream, err := client.ReadUnspentOutputs(ctx, &inx.NoParams{})
	if err != nil {
		return err
	}
	for {
		unspent, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		output, err := unspent.GetOutput().UnwrapOutput(serializer.DeSeriModeNoValidation, proto)
		if err != nil {
			return err
		}
		basic, ok := output.(*iotago.BasicOutput)
		if !ok || len(basic.Conditions) != 1 || len(basic.NativeTokens) > 0 || !basic.Ident().Equal(&m.owner) {
			continue
		}
		if m.funds == nil || basic.Amount > m.funds.Amount {
			m.id, m.funds, m.block = unspent.GetOutput().UnwrapOutputID(), basic, nil
		}
	}
	if m.funds == nil {
		return errors.New("the genesis wallet has nothing left")
	}

	return nil
}

// mintSome makes one transaction; the lock is held.
func (c *coordinator) mintSome(ctx context.Context, outputs iotago.Outputs, answer *mintAnswer) error {
	m := c.minter
	left := m.funds.Amount
	tx := builder.NewTransactionBuilder(c.proto.NetworkID()).AddInput(&builder.TxInput{UnlockTarget: &m.owner, InputID: m.id, Input: m.funds})
	for _, output := range outputs {
		if output.Deposit() > left {
			return fmt.Errorf("the genesis wallet has no more than %d", left)
		}
		left -= output.Deposit()
		tx.AddOutput(output)
	}
	remainder := &iotago.BasicOutput{Amount: left, Conditions: iotago.UnlockConditions{&iotago.AddressUnlockCondition{Address: &m.owner}}}
	signed, err := tx.AddOutput(remainder).Build(c.proto, iotago.NewInMemoryAddressSigner(iotago.NewAddressKeysForEd25519Address(&m.owner, m.key)))
	if err != nil {
		return err
	}
	id, err := signed.ID()
	if err != nil {
		return err
	}
	parents, err := c.parentsAfter(ctx, m.block)
	if err != nil {
		return err
	}
	block, err := builder.NewBlockBuilder().ProtocolVersion(c.proto.Version).Parents(parents).Payload(signed).Build()
	if err != nil {
		return err
	}
	blockID, err := c.submit(ctx, block)
	if err != nil {
		return err
	}
	// with the next milestone, whether or not the node has told of it by then
	c.tips.add(blockID)
	for index := range outputs {
		answer.OutputIDs = append(answer.OutputIDs, iotago.OutputIDFromTransactionIDAndIndex(id, uint16(index)).ToHex())
	}
	answer.TransactionIDs = append(answer.TransactionIDs, iotago.EncodeHex(id[:]))
	answer.BlockIDs = append(answer.BlockIDs, blockID.ToHex())
	m.id, m.funds, m.block = iotago.OutputIDFromTransactionIDAndIndex(id, uint16(len(outputs))), remainder, &blockID

	return nil
}

// parentsAfter are tips, and the block too as long as no milestone has confirmed it, so that a transaction
// that spends what that block made is applied after it.
func (c *coordinator) parentsAfter(ctx context.Context, block *iotago.BlockID) (iotago.BlockIDs, error) {
	response, err := c.client.RequestTips(ctx, &inx.TipsRequest{Count: 4, AllowSemiLazy: true})
	if err != nil {
		return nil, err
	}
	parents := response.UnwrapTips()
	if block != nil {
		meta, err := c.client.ReadBlockMetadata(ctx, inx.NewBlockId(*block))
		if err != nil {
			return nil, err
		}
		if meta.GetReferencedByMilestoneIndex() == 0 {
			parents = append(parents, *block)
		}
	}

	return parents.RemoveDupsAndSort(), nil
}
