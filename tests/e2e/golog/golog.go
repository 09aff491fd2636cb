// Checks a log directory with the Go checksum database's own libraries, which share no code with
// Ward: the signed checkpoint, every entry, every tile, and proofs, those that Ward made as well as
// those that the library makes from Ward's tiles.
//
//	golog DIR VKEY [PROOFS]
//
// A line of PROOFS is `inclusion INDEX SIZE HASH...` or `consistency FROM TO HASH...`.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// hashes holds what the entries alone say, in the library's own order.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, fmt.Errorf("there is no hash %d", index)
		}
		out[i] = h[index]
	}
	return out, nil
}

type directory struct {
	path string
}

// tilePath is the tlog-tiles name: the height is not in it, and data tiles are entry bundles.
func tilePath(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

func (d directory) Height() int { return height }

func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(d.path, tilePath(tile)))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (d directory) SaveTiles([]tlog.Tile, [][]byte) {}

func (d directory) checkpoint(vkey string) (tlog.Tree, error) {
	var tree tlog.Tree
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	data, err := os.ReadFile(filepath.Join(d.path, "checkpoint"))
	if err != nil {
		return tree, err
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tree, fmt.Errorf("not a checkpoint of %s: %q", verifier.Name(), signed.Text)
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// entries reads every bundle and builds the library's hash storage from the entries alone.
func (d directory) entries(size int64) (hashes, [][]byte, error) {
	var stored hashes
	var entries [][]byte
	for n := int64(0); n<<height < size; n++ {
		tile := tlog.Tile{H: height, L: -1, N: n, W: 1 << height}
		if left := size - n<<height; left < 1<<height {
			tile.W = int(left)
		}
		path := strings.Replace(tilePath(tile), "tile/data/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(d.path, path))
		if err != nil {
			return nil, nil, err
		}
		for i := 0; i < tile.W; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, nil, fmt.Errorf("%s ends in entry %d", path, i)
			}
			entry := data[2 : 2+int(binary.BigEndian.Uint16(data))]
			data = data[2+len(entry):]
			index := int64(len(entries))
			if want := fmt.Sprintf("ward/entry/1\nseq %d\n", index); !strings.HasPrefix(string(entry), want) {
				return nil, nil, fmt.Errorf("entry %d begins with %q", index, entry[:20])
			}
			more, err := tlog.StoredHashes(index, entry, stored)
			if err != nil {
				return nil, nil, err
			}
			stored = append(stored, more...)
			entries = append(entries, entry)
		}
		if len(data) != 0 {
			return nil, nil, fmt.Errorf("%s goes on after its entries", path)
		}
	}
	return stored, entries, nil
}

// tiles compares each tile of the tree with what the entries say.
func (d directory) tiles(size int64, stored hashes) (int, error) {
	count := 0
	for _, tile := range tlog.NewTiles(height, 0, size) {
		// The library names partial tiles on the way as well: only the last of each is on disk.
		if int64(tile.W) < 1<<height && size>>(height*uint(tile.L))-tile.N<<height != int64(tile.W) {
			continue
		}
		want, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return count, err
		}
		have, err := os.ReadFile(filepath.Join(d.path, tilePath(tile)))
		if err != nil {
			return count, err
		}
		if !bytes.Equal(want, have) {
			return count, fmt.Errorf("%s does not hold the entries' hashes", tilePath(tile))
		}
		count++
	}
	return count, nil
}

// libraryProofs has the library prove from Ward's tiles, and checks against the entries.
func (d directory) libraryProofs(tree tlog.Tree, stored hashes, entries [][]byte) (int, error) {
	reader := tlog.TileHashReader(tree, d)
	count := 0
	for index := int64(0); index < tree.N; index += 1 + tree.N/500 {
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return count, err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entries[index])); err != nil {
			return count, err
		}
		old, err := tlog.TreeHash(index+1, stored)
		if err != nil {
			return count, err
		}
		consistency, err := tlog.ProveTree(tree.N, index+1, reader)
		if err != nil {
			return count, err
		}
		if err := tlog.CheckTree(consistency, tree.N, tree.Hash, index+1, old); err != nil {
			return count, err
		}
		count += 2
	}
	return count, nil
}

func wardProof(line string, stored hashes, entries [][]byte) error {
	words := strings.Fields(line)
	if len(words) < 3 {
		return fmt.Errorf("short line %q", line)
	}
	first, _ := strconv.ParseInt(words[1], 10, 64)
	second, _ := strconv.ParseInt(words[2], 10, 64)
	var proof []tlog.Hash
	for _, word := range words[3:] {
		data, err := base64.StdEncoding.Strict().DecodeString(word)
		if err != nil || len(data) != tlog.HashSize {
			return fmt.Errorf("not a hash: %q", word)
		}
		var hash tlog.Hash
		copy(hash[:], data)
		proof = append(proof, hash)
	}
	root, err := tlog.TreeHash(second, stored)
	if err != nil {
		return err
	}
	if words[0] == "inclusion" {
		return tlog.CheckRecord(proof, second, root, first, tlog.RecordHash(entries[first]))
	}
	old, err := tlog.TreeHash(first, stored)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, second, root, first, old)
}

func wardProofs(path string, stored hashes, entries [][]byte) (int, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	count := 0
	for scanner := bufio.NewScanner(file); scanner.Scan(); count++ {
		if err := wardProof(scanner.Text(), stored, entries); err != nil {
			return count, fmt.Errorf("%s: %w", scanner.Text(), err)
		}
	}
	return count, nil
}

func run(args []string) error {
	d := directory{args[0]}
	tree, err := d.checkpoint(args[1])
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	stored, entries, err := d.entries(tree.N)
	if err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	root, err := tlog.TreeHash(tree.N, stored)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the entries add up to %v, the checkpoint says %v", root, tree.Hash)
	}
	tiles, err := d.tiles(tree.N, stored)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	library, err := d.libraryProofs(tree, stored, entries)
	if err != nil {
		return fmt.Errorf("proofs from the tiles: %w", err)
	}
	ward := 0
	if len(args) > 2 {
		if ward, err = wardProofs(args[2], stored, entries); err != nil {
			return fmt.Errorf("Ward's proofs: %w", err)
		}
	}
	fmt.Printf("%d entries, %d tiles, %d proofs from the tiles, %d proofs of Ward's\n", tree.N, tiles, library, ward)
	return nil
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: golog DIR VKEY [PROOFS]")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "golog:", err)
		os.Exit(1)
	}
}
