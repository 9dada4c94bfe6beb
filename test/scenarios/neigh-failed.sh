# title: nobody answers ARP for the next hop
# expect: cause=neigh.failed device=c0
filter() { echo -p icmp --daddr 10.9.1.99; }
setup() { topo_pair; }
fault() { :; }
traffic() { in_ns $C ping -c 2 -i 0.5 -W 4 10.9.1.99; }
