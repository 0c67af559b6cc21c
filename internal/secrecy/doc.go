// Package secrecy takes every type of the library that holds secrets, and every
// error about text that held one, through all that prints, encodes, compares and
// logs. Its tests fail where a secret shows.
package secrecy
