// Package schema holds the JSON Schema of a cluster's description to the parser:
// whatever one of them refuses the other refuses too, but for what no schema can
// say. It is a module of its own, so that the library does not require a JSON
// Schema validator.
package schema
