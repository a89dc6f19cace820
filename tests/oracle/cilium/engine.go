package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"

	cmtypes "github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/fqdn/dns"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	slim_corev1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/core/v1"
	slim_metav1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/apis/meta/v1"
	k8sutils "github.com/cilium/cilium/pkg/k8s/utils"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/spanstat"
	testidentity "github.com/cilium/cilium/pkg/testutils/identity"
	testpolicy "github.com/cilium/cilium/pkg/testutils/policy"
	"github.com/cilium/cilium/pkg/u8proto"
)

const clusterName = "default"

// Numbers of identities: pods get global ones, what is outside gets local ones, as in the agent.
const (
	firstPod     = identity.NumericIdentity(1000)
	firstOutside = identity.IdentityScopeLocal + 1000
	firstLearned = identity.IdentityScopeLocal + 100_000
)

// engine is a policy repository with the identities of one world.
type engine struct {
	logger *slog.Logger
	repo   *policy.Repository
	ends   []end
	ids    []*identity.Identity
	// learned holds, by end, the identity of a host whose name has passed through the DNS proxy.
	learned map[int]*identity.Identity
	// distilled holds, by end, what the agent would load into the kernel.
	distilled map[int]*policy.EndpointPolicy
	selectors map[int]policy.SelectorPolicy
}

func newEngine(logger *slog.Logger, w world) (*engine, error) {
	rules, err := parse(logger, w.Policies)
	if err != nil {
		return nil, err
	}
	e := &engine{
		logger:    logger,
		ends:      w.Ends,
		learned:   map[int]*identity.Identity{},
		distilled: map[int]*policy.EndpointPolicy{},
		selectors: map[int]policy.SelectorPolicy{},
	}
	if err := e.identify(w.Namespaces, fqdnSelectors(rules)); err != nil {
		return nil, err
	}
	known := identity.IdentityMap{}
	manager := identitymanager.NewIDManager(logger)
	for _, id := range e.ids {
		known[id.ID] = id.LabelArray
	}
	for _, id := range e.learned {
		known[id.ID] = id.LabelArray
	}
	e.repo = policy.NewPolicyRepository(logger, known, nil, nil, manager, testpolicy.NewPolicyMetricsNoop())
	e.repo.GetSelectorCache().SetLocalIdentityNotifier(testidentity.NewDummyIdentityNotifier())
	for _, id := range e.ids {
		manager.Add(id)
	}
	e.repo.MustAddList(rules)
	return e, nil
}

// parse reads policies as the agent does, clusterwide ones included: a missing namespace is what tells them.
func parse(logger *slog.Logger, texts []json.RawMessage) (api.Rules, error) {
	var rules api.Rules
	for _, text := range texts {
		var cnp v2.CiliumNetworkPolicy
		if err := json.Unmarshal(text, &cnp); err != nil {
			return nil, err
		}
		var parsed api.Rules
		var err error
		if cnp.Kind == v2.CCNPKindDefinition {
			ccnp := v2.CiliumClusterwideNetworkPolicy{ObjectMeta: cnp.ObjectMeta, Spec: cnp.Spec, Specs: cnp.Specs}
			parsed, err = ccnp.Parse(logger, cmtypes.PolicyAnyCluster)
		} else {
			parsed, err = cnp.Parse(logger, cmtypes.PolicyAnyCluster)
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s/%s: %w", cnp.Kind, cnp.Namespace, cnp.Name, err)
		}
		rules = append(rules, parsed...)
	}
	return rules, nil
}

// identify gives every end its identity, and every host with a name a second one for when its name is known.
func (e *engine) identify(namespaces map[string]map[string]string, selectors []api.FQDNSelector) error {
	for i, each := range e.ends {
		switch {
		case each.Entity != "":
			id := identity.LookupReservedIdentity(identity.GetReservedID(each.Entity))
			if id == nil {
				return fmt.Errorf("end %d: unknown entity %q", i, each.Entity)
			}
			e.ids = append(e.ids, id)
		case each.Host != "":
			address, err := netip.ParseAddr(each.Host)
			if err != nil {
				// A name: any address of the Internet will do, as no policy names one of this range.
				address = netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)})
				lbls, err := namedLabels(each.Host, address, selectors)
				if err != nil {
					return err
				}
				e.learned[i] = identity.NewIdentity(firstLearned+identity.NumericIdentity(i), lbls)
			}
			lbls := labels.GetCIDRLabels(netip.PrefixFrom(address, address.BitLen()))
			e.ids = append(e.ids, identity.NewIdentity(firstOutside+identity.NumericIdentity(i), lbls))
		default:
			namespace := &slim_corev1.Namespace{
				ObjectMeta: slim_metav1.ObjectMeta{Name: each.Namespace, Labels: namespaces[each.Namespace]},
			}
			sanitized := k8sutils.SanitizePodLabels(each.Labels, namespace, each.Account, clusterName)
			lbls := labels.Map2Labels(sanitized, labels.LabelSourceK8s)
			e.ids = append(e.ids, identity.NewIdentity(firstPod+identity.NumericIdentity(i), lbls))
		}
	}
	return nil
}

func fqdnSelectors(rules api.Rules) []api.FQDNSelector {
	var selectors []api.FQDNSelector
	for _, rule := range rules {
		for _, egress := range rule.Egress {
			selectors = append(selectors, egress.ToFQDNs...)
		}
	}
	return selectors
}

// namedLabels are the labels of an address for which the DNS proxy has seen the name.
func namedLabels(name string, address netip.Addr, selectors []api.FQDNSelector) (labels.Labels, error) {
	lbls := labels.Labels{}
	for _, selector := range selectors {
		regex, err := selector.ToRegex()
		if err != nil {
			return nil, err
		}
		if regex.MatchString(dns.FQDN(name)) {
			label := selector.IdentityLabel()
			lbls[label.Key] = label
		}
	}
	lbls.AddWorldLabel(address)
	return lbls, nil
}

// allows tells whether the policies of one end let a connection with a peer through.
func (e *engine) allows(key policy.Key, at, peer int, port uint16, proto u8proto.U8proto) (bool, error) {
	if e.ends[at].Host != "" || e.ends[at].Entity != "" {
		return true, nil
	}
	distilled, err := e.distil(at)
	if err != nil {
		return false, err
	}
	id := e.ids[peer]
	if named, ok := e.learned[peer]; ok && e.learns(at, e.ends[peer].Host) {
		id = named
	}
	entry, _, _ := distilled.Lookup(key.WithIdentity(id.ID).WithPortProto(proto, port))
	return !entry.IsDeny(), nil
}

// distil computes, once, the policy map of a pod.
func (e *engine) distil(at int) (*policy.EndpointPolicy, error) {
	if known, ok := e.distilled[at]; ok {
		return known, nil
	}
	owner := &policy.EndpointInfo{ID: uint64(at + 1)}
	selector, _, err := e.repo.GetSelectorPolicy(e.ids[at], 0, &statistics{}, owner.ID)
	if err != nil {
		return nil, err
	}
	// Every redirect gets a port, as if its proxy were up.
	redirects := map[string]uint16{}
	for filter, tuple := range selector.RedirectFilters() {
		id := policy.ProxyID(uint16(owner.ID), filter.Ingress, string(filter.Protocol), filter.Port, tuple.Policy.GetListener())
		redirects[id] = uint16(10_000 + len(redirects))
	}
	distilled := selector.DistillPolicy(e.logger, owner, redirects)
	if err := distilled.Ready(); err != nil {
		return nil, err
	}
	distilled.Detach(e.logger)
	e.distilled[at], e.selectors[at] = distilled, selector
	return distilled, nil
}

// learns tells whether a pod's own lookups of a name pass through the DNS proxy; only then has the address a
// name when the pod connects.
func (e *engine) learns(at int, host string) bool {
	for filter, tuple := range e.selectors[at].RedirectFilters() {
		if filter.Ingress || filter.Port != 53 {
			continue
		}
		for _, rule := range tuple.Policy.DNS {
			selector := api.FQDNSelector(rule)
			if regex, err := selector.ToRegex(); err == nil && regex.MatchString(dns.FQDN(host)) {
				return true
			}
		}
	}
	return false
}

// statistics is what the engine wants to measure with; nobody reads it.
type statistics struct {
	waiting, calculation spanstat.SpanStat
}

func (s *statistics) WaitingForPolicyRepository() *spanstat.SpanStat { return &s.waiting }
func (s *statistics) SelectorPolicyCalculation() *spanstat.SpanStat  { return &s.calculation }
