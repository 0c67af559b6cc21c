// Package publicapi knows what the module's public packages export. Its tests
// hold that to the listings under api: a change of it is deliberate, and
// CHANGELOG.md says so.
package publicapi
