// Command yaml is the judge of the project's YAML: it reads documents and says what sigs.k8s.io/yaml makes of them.
//
// In: for each document four bytes (big-endian) with its length, then the document. Out: for each two lines, first as
// YAMLToJSON reads it, then as YAMLToJSONStrict does: the JSON, or `!` and the error.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	var size [4]byte
	for {
		if _, err := io.ReadFull(in, size[:]); err != nil {
			return
		}
		document := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(in, document); err != nil {
			return
		}
		for _, read := range []func([]byte) ([]byte, error){yaml.YAMLToJSON, yaml.YAMLToJSONStrict} {
			fmt.Fprintln(out, answer(read, document))
		}
	}
}

func answer(read func([]byte) ([]byte, error), document []byte) (line string) {
	defer func() {
		if r := recover(); r != nil {
			line = fmt.Sprintf("!panic: %v", r)
		}
	}()
	text, err := read(document)
	if err != nil {
		return "!" + strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return string(text)
}
