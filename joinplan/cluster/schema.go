package cluster

import (
	_ "embed"
	"slices"
)

//go:embed cluster.schema.json
var schema []byte

// SchemaURL is where the schema of the newest version stands, for an editor:
//
//	# yaml-language-server: $schema=https://raw.githubusercontent.com/haplane/haplane/main/joinplan/cluster/cluster.schema.json
const SchemaURL = "https://raw.githubusercontent.com/haplane/haplane/main/joinplan/cluster/cluster.schema.json"

// Schema gives the JSON Schema (draft-07, which all editors read) of a
// description in YAML, for completion and early errors. What it refuses [Parse]
// refuses too. Parse also refuses what no schema can: fields that contradict
// each other, names and addresses that are given twice, versions that do not go
// together.
func Schema() []byte { return slices.Clone(schema) }
