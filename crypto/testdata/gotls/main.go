// Program gotls makes real TLS 1.3 handshakes with mutual authentication by Go's crypto/tls, and says what each side
// thought of the other. It reads a JSON array of cases from standard input and writes an array of outcomes.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// A side is a certificate with its key, and the roots that it trusts, all PEM.
type side struct {
	Cert  string `json:"cert"`
	Key   string `json:"key"`
	Roots string `json:"roots"`
}

// A testCase is one handshake.
type testCase struct {
	Server side `json:"server"`
	Client side `json:"client"`
	// Name under which the client looks for the server.
	Host string `json:"host"`
	// Clock of both sides, in seconds since 1970.
	At int64 `json:"at"`
	// Lowest epoch of the client's cluster that the server takes.
	Epoch int `json:"epoch"`
}

// An outcome holds each side's error, empty when it was content.
type outcome struct {
	Server string `json:"server"`
	Client string `json:"client"`
}

const deadline = 30 * time.Second

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		return err
	}
	outcomes := make([]outcome, 0, len(cases))
	for _, c := range cases {
		result, err := handshake(c)
		if err != nil {
			return err
		}
		outcomes = append(outcomes, result)
	}
	return json.NewEncoder(os.Stdout).Encode(outcomes)
}

func handshake(c testCase) (outcome, error) {
	server, err := config(c.Server, c.At)
	if err != nil {
		return outcome{}, err
	}
	client, err := config(c.Client, c.At)
	if err != nil {
		return outcome{}, err
	}
	server.ClientCAs = server.RootCAs
	server.ClientAuth = tls.RequireAndVerifyClientCert
	server.VerifyConnection = func(state tls.ConnectionState) error {
		return checkEpoch(state.PeerCertificates[0], c.Epoch)
	}
	client.ServerName = c.Host

	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	end := time.Now().Add(deadline)
	_ = near.SetDeadline(end)
	_ = far.SetDeadline(end)
	verdict := make(chan error, 1)
	go func() { verdict <- serve(tls.Server(far, server)) }()
	seen := ask(tls.Client(near, client))
	return outcome{Server: text(<-verdict), Client: text(seen)}, nil
}

// config keeps what both sides have in common.
func config(s side, at int64) (*tls.Config, error) {
	pair, err := tls.X509KeyPair([]byte(s.Cert), []byte(s.Key))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(s.Roots)) {
		return nil, errors.New("no root can be read")
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair},
		RootCAs:      roots,
		MinVersion:   tls.VersionTLS13,
		Time:         func() time.Time { return time.Unix(at, 0) },
	}, nil
}

// checkEpoch does what a cell does after the chain was verified: an older epoch is a revoked certificate.
func checkEpoch(certificate *x509.Certificate, lowest int) error {
	if len(certificate.URIs) != 1 || certificate.URIs[0].Scheme != "spiffe" {
		return errors.New("no identity")
	}
	if len(certificate.Subject.OrganizationalUnit) != 1 {
		return errors.New("no epoch")
	}
	epoch, err := strconv.Atoi(strings.TrimPrefix(certificate.Subject.OrganizationalUnit[0], "epoch-"))
	if err != nil {
		return errors.New("no epoch")
	}
	if epoch < lowest {
		return errors.New("revoked epoch")
	}
	return nil
}

// serve answers one byte once the client has proved itself.
func serve(connection *tls.Conn) error {
	defer connection.Close()
	if err := connection.Handshake(); err != nil {
		return err
	}
	_, err := connection.Write([]byte{1})
	return err
}

// ask waits for the byte: in TLS 1.3 a refusal arrives after the client's handshake is over.
func ask(connection *tls.Conn) error {
	defer connection.Close()
	if err := connection.Handshake(); err != nil {
		return err
	}
	_, err := connection.Read(make([]byte, 1))
	return err
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
