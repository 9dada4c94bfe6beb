# title: ESP arrives for which no security association is there
# needs: ip
# expect: cause=xfrm.state
filter() { echo --proto 50; }
setup() { topo_pair; }
fault() { in_ns "$S" ip xfrm state add src 10.9.1.2 dst 10.9.1.1 proto esp spi 0x100 mode transport enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff auth 'hmac(sha1)' 0x00112233445566778899aabbccddeeff00112233; }
traffic() { wire "$C" c0 "$S" s0 'ip(struct.pack("!II", 0x200, 1) + b"x" * 64, proto=50)'; }
