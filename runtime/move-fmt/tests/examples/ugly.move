/// A module.
module   0x42::ugly{
  use std::vector ;use std::option::{Self,Option};
   use aptos_framework::fungible_asset::{Self, FungibleAsset, FungibleStore, Metadata, MintRef, BurnRef, TransferRef};
  const A:u64=1;   // one
  /// Two.
  const B : vector<u8> = b"two";
  const TABLE: vector<u64> = vector[1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000, 11000, 12000, 13000, 14000, 15000];

  friend 0x42::other;
  struct Empty has drop{}
  struct P<phantom T:store+drop,U>(u64,U) has copy,drop;
  #[event] struct E has drop,store { a:u64, b:address }
  struct Long has key {
      // first
      a: u64, // behind


      b: vector<vector<u8>>,
      /* inner */ c: |u64, &u8|(u64,bool) has copy+store
  }
  enum Shape has copy, drop { Point, Circle{radius:u64}, Rect(u64,u64) }
  #[view]
  public fun f<T:copy+drop>( x : u64,y:&mut T ):u64 acquires Long{ if(x>1){x+1}else{x-1} }
  #[test(a=@0x1,b = @0x2)] #[expected_failure(abort_code=A,location=Self)]
  fun t(a:&signer,b:&signer){
      let (p,q)=(1u8 , 2);let r=*&p;
      while(p<q){ p=p+1; if(p==3)break;continue };
      'outer:loop{ break 'outer };
      for(i in 0..10){v.push_back(i)};
      for (i in 0 .. (n + 1)) total += i;
      x=-1; y = !z&&!w; y = a - -b; y = *a * *b & &c;
      v.for_each(|x|{sum+=x;count+=1;});
      v.for_each_ref(|x: &u64| total = total + *x * some_very_long_function_name(another_argument, yet_another_argument, third));
      assert!( vector::length(&v)==0 , error::invalid_argument( EVECTOR_IS_NOT_EMPTY_AND_THAT_IS_NOT_ALLOWED ) );
      let market = borrow_global_mut<Market<BaseCoin, QuoteCoin>>(object::object_address(&market_object_with_long_name));
      let sum = first_long_operand_of_the_sum + second_long_operand_of_the_sum * third_factor + fourth_long_operand;
      let ok = first_condition_is_true(x) && second_condition_is_true(y) || third_condition_is_true(z) && (x as u128) < MAX;
      let s=S{a,b:2,c:vector[]};
      let S { a, b: _, .. } = s;
      let t = Position { collateral_e6: 1000000, size_lots: 1000, entry_price_e9: 1000000000, funding_index_e18: 0 };
      match(shape){Point=>0,Circle{radius}if(radius>1)=>{radius},Rect(a,b)=>a*b,_=>abort 7};
      let x = match (&y) { A => 1, B(z) => *z };
      let value = table.borrow(key).inner.get_with_default(other_key, default_value).iterate().collect_into_vector();
      if (a) return; if (b) { c } else if (d) { e } else { f };
      if (some_rather_long_condition(with, arguments)) do_something_long_with(many, arguments, here) else do_another_thing(x);
      (move x).m(); copy y; (a, b) = (b, a); x[1] = v[i + 1]; &mut x.f.g; f(x)(y); x.0.1;
      spec { assert x > 1; };
  }
  spec f { ensures result == x ==> y; aborts_if false; }
  public(friend) native fun n<T>():T; public(package)   inline  fun i(f:|u64|u64):u64{f(1)}
  #[fmt::skip]
  fun   table( )  {   1 ;
     2 }
  fun g(a: &signer, very_long_parameter_name: address, another_long_parameter: vector<u8>, third: u64): (u64, u64) {}
  // last in the module
}

/* between */

script{ use 0x1::m;fun main( ){ m::f( ); // call
} }
// end
