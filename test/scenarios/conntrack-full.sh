# title: the table of connections is full
# machine: own
# expect: cause=conntrack.table_full max=1
# guests: bullseye
filter() { echo -p icmp --saddr 10.9.1.2; }
setup() { topo_routed; warm 10.9.2.2; in_ns "$R" nft -f - <<'N'
table inet fw {
  chain forward { type filter hook forward priority 0; policy accept; ct state invalid counter; }
}
N
}
fault() { sysctl -qw net.netfilter.nf_conntrack_max=1
  in_ns "$R" sysctl -qw net.netfilter.nf_conntrack_udp_timeout=600  # what fills the table stays until the packets come, however slow the machine
  for port in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.2.2 "$port"; done; }
traffic() { ping_twice 10.9.2.2; }
mend() { sysctl -qw net.netfilter.nf_conntrack_max=262144; }
