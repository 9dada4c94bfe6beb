# title: a netem qdisc loses everything on egress
# expect: cause=qdisc.drop device=c0 qdisc=netem
# guests: bookworm
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_pair; in_ns $C ping -c 1 -W 1 10.9.1.1; }
fault() { ip netns exec $C tc qdisc add dev c0 root netem loss 100%; }
traffic() { in_ns $C ping -c 2 -i 0.3 -W 1 10.9.1.1; }
