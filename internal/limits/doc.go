// Package limits holds every reader of the library to the limits on its input
// that its doc names, and to a bound on what hostile text costs.
package limits
