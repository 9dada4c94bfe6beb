# title: a tc filter on ingress drops
# expect: cause=tc.ingress device=s0
# guests: trixie
filter() { echo -p icmp --saddr 10.9.1.2; }
setup() { topo_pair; }
fault() { ip netns exec $S tc qdisc add dev s0 clsact; ip netns exec $S tc filter add dev s0 ingress protocol ip matchall action drop; }
traffic() { in_ns $C ping -c 2 -i 0.3 -W 1 10.9.1.1; }
