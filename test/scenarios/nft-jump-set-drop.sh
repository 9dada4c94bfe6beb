# title: a rule in a jumped-to chain drops by a set of addresses
# expect: cause=netfilter.rule backend=nft family=inet table=fw chain=blocklist rule~"@bad"
# guests: bullseye bookworm trixie forky
filter() { echo -p icmp --saddr 10.9.1.2; }
setup() { topo_pair; }
fault() { in_ns $S nft -f - <<'N'
table inet fw {
  set bad { type ipv4_addr; elements = { 10.9.1.2, 10.9.1.77 } }
  chain blocklist { ip saddr 192.0.2.1 drop; ip saddr @bad drop; }
  chain input { type filter hook input priority 0; policy accept; tcp dport 22 accept; jump blocklist; }
}
N
}
traffic() { in_ns $C ping -c 2 -i 0.3 -W 1 10.9.1.1; }
