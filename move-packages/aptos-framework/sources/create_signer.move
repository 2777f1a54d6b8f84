/// Makes signers out of addresses. Whoever can call this can act as anybody, so its friends are few.
module aptos_framework::create_signer {
    friend aptos_framework::account;
    friend aptos_framework::coin;
    friend aptos_framework::genesis;
    friend aptos_framework::object;
    friend aptos_framework::rollup;

    /// The signer of an address.
    public(friend) native fun create_signer(addr: address): signer;
}
