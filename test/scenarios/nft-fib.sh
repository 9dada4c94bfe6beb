# title: datagrams to this machine itself are dropped, by where the kernel would route them
# expect: cause=netfilter.rule backend=nft chain=input rule~"fib daddr type local"
filter() { echo -p udp --dport 5300; }
setup() { topo_pair; }
fault() { in_ns "$S" nft -f - <<'N'
table ip fw {
  chain input {
    type filter hook input priority 0; policy accept
    fib daddr type { broadcast, multicast } counter drop
    fib daddr type local udp dport 5300 counter drop
  }
}
N
}
traffic() { for _ in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5300; done; }
