// Package e2e brings up real kubeadm clusters on one Linux machine, from files
// and commands that the library writes, and breaks them.
//
// Its tests are what a user's tool would be: the transport, which writes files
// on machines and runs commands there, and the orchestrator, which carries out
// a plan step by step. They know the library by its public API alone.
//
// The machines are made by package lab, what runs on them by package build.
// Nothing is downloaded but Go modules.
package e2e
