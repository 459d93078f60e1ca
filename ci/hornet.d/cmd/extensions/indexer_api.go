package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	iotago "github.com/iotaledger/iota.go/v3"
)

var outputTypes = map[string]iotago.OutputType{
	"basic": iotago.OutputBasic, "alias": iotago.OutputAlias, "nft": iotago.OutputNFT, "foundry": iotago.OutputFoundry,
}

type outputsResponse struct {
	LedgerIndex uint32   `json:"ledgerIndex"`
	PageSize    int      `json:"pageSize"`
	Cursor      string   `json:"cursor,omitempty"`
	Items       []string `json:"items"`
}

func writeError(w http.ResponseWriter, code int, message string) {
	writeJSON(w, code, map[string]any{"error": map[string]string{"code": strconv.Itoa(code), "message": message}})
}

func (ix *indexer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, indexerPrefix+"/outputs")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	outputType, known := outputTypes[parts[0]]
	switch {
	case r.Method != http.MethodGet:
		writeError(w, http.StatusMethodNotAllowed, "Method Not Allowed")
	case !ok || len(parts) > 2 || (parts[0] != "" && !known) || (len(parts) == 2 && parts[0] == "basic"):
		writeError(w, http.StatusNotFound, "Not Found")
	case len(parts) == 2:
		ix.serveChainOutput(w, outputType, parts[1])
	case known:
		ix.serveOutputs(w, r.URL.Query(), parts[0], &outputType)
	default:
		ix.serveOutputs(w, r.URL.Query(), "any", nil)
	}
}

func (ix *indexer) serveChainOutput(w http.ResponseWriter, outputType iotago.OutputType, id string) {
	length := iotago.AliasIDLength
	if outputType == iotago.OutputFoundry {
		length = iotago.FoundryIDLength
	}
	if raw, err := iotago.DecodeHex(id); err != nil || len(raw) != length {
		writeError(w, http.StatusBadRequest, "invalid parameter, error: invalid ID: "+id)

		return
	}

	ix.mu.RLock()
	defer ix.mu.RUnlock()
	for _, o := range ix.outputs {
		if o.output.Type() == outputType && o.chainID == strings.ToLower(id) {
			writeJSON(w, http.StatusOK, outputsResponse{LedgerIndex: ix.ledgerIndex, Items: []string{o.id.ToHex()}})

			return
		}
	}
	writeError(w, http.StatusNotFound, "Not Found, error: record not found")
}

func (ix *indexer) serveOutputs(w http.ResponseWriter, query url.Values, kind string, outputType *iotago.OutputType) {
	matches, pageSize, start, err := ix.parse(query, kind)
	if err != nil {
		writeError(w, http.StatusBadRequest, "invalid parameter, error: "+err.Error())

		return
	}

	ix.mu.Lock()
	defer ix.mu.Unlock()
	items, cursor := []string{}, ""
	for _, o := range ix.ordered() {
		if outputType != nil && o.output.Type() != *outputType || o.position() < start || !matches(o) {
			continue
		}
		if len(items) == pageSize {
			cursor = fmt.Sprintf("%s.%d", o.position(), pageSize)

			break
		}
		items = append(items, o.id.ToHex())
	}
	writeJSON(w, http.StatusOK, outputsResponse{ix.ledgerIndex, pageSize, cursor, items})
}
