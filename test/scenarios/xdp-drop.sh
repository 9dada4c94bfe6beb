# title: an XDP program on the server's interface drops
# needs: clang
# expect: cause=xdp.drop device=s0
filter() { echo -p icmp --saddr 10.9.1.2; }
setup() { topo_pair; in_ns $C ping -c 1 -W 1 10.9.1.1; }
fault() { local d; d=$(mktemp -d); printf '__attribute__((section("xdp"),used)) int drop_all(void *c){return 1;}\n' >"$d/x.c"; clang -O2 -target bpf -c "$d/x.c" -o "$d/x.o"; ip netns exec $S ip link set dev s0 xdpgeneric obj "$d/x.o" sec xdp; }
traffic() { in_ns $C ping -c 2 -i 0.3 -W 1 10.9.1.1; }
