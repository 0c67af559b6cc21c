package haproxycfg

// WriteCertificates is for the tests of the external package.
var WriteCertificates = writeCertificates
