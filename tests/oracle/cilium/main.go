// Command cilium-oracle answers what Cilium's own policy engine says of a connection.
//
// It reads one world a line from standard input (namespaces, ends, policies and queries, as JSON) and writes one
// answer a line. Policies go through the same parser as in Cilium's agent, labels of pods through the same
// sanitizer. Nothing is enforced anywhere: the program only computes.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/cilium/cilium/pkg/fqdn/re"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/u8proto"
)

// world is one line of input.
type world struct {
	// Namespaces are labels by the name of the namespace.
	Namespaces map[string]map[string]string `json:"namespaces"`
	// Ends are what queries point at, by index.
	Ends []end `json:"ends"`
	// Policies are CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies.
	Policies []json.RawMessage `json:"policies"`
	Queries  []query           `json:"queries"`
}

// end is a pod, or (with Host or Entity) something that no policy of the cluster selects.
type end struct {
	Namespace string            `json:"namespace"`
	Account   string            `json:"account"`
	Labels    map[string]string `json:"labels"`
	// Host is a DNS name or an address outside of the cluster.
	Host string `json:"host"`
	// Entity is one of Cilium's reserved identities, such as "host" or "kube-apiserver".
	Entity string `json:"entity"`
}

// query is a connection between two ends.
type query struct {
	From     int    `json:"from"`
	To       int    `json:"to"`
	Port     uint16 `json:"port"`
	Protocol string `json:"protocol"`
}

// answer is one line of output. The letters of both texts stand for the queries, in order: "a" allowed, "d"
// denied. An end that no policy selects allows everything.
type answer struct {
	Egress  string `json:"egress"`
	Ingress string `json:"ingress"`
	Error   string `json:"error,omitempty"`
}

func main() {
	option.Config.EnableIPv4 = true
	option.Config.EnableIPv6 = true
	option.Config.EnableL7Proxy = true
	option.Config.EnableNonDefaultDenyPolicies = true
	policy.SetPolicyEnabled(option.DefaultEnforcement)
	api.InitEntities(clusterName)
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	if err := re.InitRegexCompileLRU(logger, 0); err != nil {
		fail(err)
	}
	if err := serve(logger, os.Stdin, os.Stdout); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "cilium-oracle:", err)
	os.Exit(1)
}

func serve(logger *slog.Logger, in io.Reader, out io.Writer) error {
	reader, writer := bufio.NewReaderSize(in, 1<<20), bufio.NewWriter(out)
	decoder, encoder := json.NewDecoder(reader), json.NewEncoder(writer)
	for {
		var w world
		if err := decoder.Decode(&w); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		result, err := evaluate(logger, w)
		if err != nil {
			result = answer{Error: err.Error()}
		}
		if err := encoder.Encode(result); err != nil {
			return err
		}
		if err := writer.Flush(); err != nil {
			return err
		}
	}
}

func evaluate(logger *slog.Logger, w world) (answer, error) {
	e, err := newEngine(logger, w)
	if err != nil {
		return answer{}, err
	}
	egress, ingress := make([]byte, len(w.Queries)), make([]byte, len(w.Queries))
	for i, q := range w.Queries {
		proto, err := u8proto.ParseProtocol(q.Protocol)
		if err != nil {
			return answer{}, err
		}
		if q.From < 0 || q.From >= len(w.Ends) || q.To < 0 || q.To >= len(w.Ends) || q.Port == 0 {
			return answer{}, fmt.Errorf("query %d: end or port out of range", i)
		}
		out, err := e.allows(policy.EgressKey(), q.From, q.To, q.Port, proto)
		if err != nil {
			return answer{}, err
		}
		in, err := e.allows(policy.IngressKey(), q.To, q.From, q.Port, proto)
		if err != nil {
			return answer{}, err
		}
		egress[i], ingress[i] = letter(out), letter(in)
	}
	return answer{Egress: string(egress), Ingress: string(ingress)}, nil
}

func letter(allowed bool) byte {
	if allowed {
		return 'a'
	}
	return 'd'
}
