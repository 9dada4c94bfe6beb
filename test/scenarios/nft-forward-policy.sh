# title: a routed ping is dropped by the policy of a forward chain
# expect: cause=netfilter.policy backend=nft family=ip table=filter chain=forward
filter() { echo -p icmp --daddr 10.9.2.2; }
setup() { topo_routed; }
fault() { in_ns $R nft -f - <<'N'
table ip filter {
  chain forward { type filter hook forward priority 0; policy drop; tcp dport 443 accept; }
}
N
}
traffic() { in_ns $C ping -c 2 -i 0.3 -W 1 10.9.2.2; }
