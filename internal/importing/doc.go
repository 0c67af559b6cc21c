// Package importing shows what the module costs those who import it: its tests
// build a module for each public package that has nothing but a require, and
// keep the table in README.md.
package importing
