// Package haproxylog reads HAProxy's own log.
package haproxylog
