# title: an IPsec policy wants protection, and there is none
# expect: cause=xfrm.policy
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_pair; warm 10.9.1.1; }
fault() { ip -n "$S" xfrm policy add src 10.9.1.2 dst 10.9.1.1 dir in tmpl src 10.9.1.2 dst 10.9.1.1 proto esp mode transport; }
traffic() { ping_twice 10.9.1.1; }
