/// Events: facts that a transaction leaves behind for those who read the chain from outside.
///
/// An event is a struct or enum with the attribute `event`; only its own module emits it. Handles are the older form, with a
/// counter each; new code emits.
module aptos_framework::event {
    use aptos_framework::guid::{Self, GUID};

    friend aptos_framework::account;
    friend aptos_framework::object;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const ECANNOT_CREATE_EVENT: u64 = 1;

    #[deprecated]
    /// A stream of events of one type, and how many it has.
    struct EventHandle<phantom T: drop + store> has store {
        counter: u64,
        guid: GUID
    }

    /// Emits `msg`.
    public fun emit<T: store + drop>(msg: T) {
        write_event<T>(msg);
    }

    /// A stream without events.
    public(friend) fun new_event_handle<T: drop + store>(guid: GUID): EventHandle<T> {
        EventHandle<T> { counter: 0, guid }
    }

    #[deprecated]
    /// Emits `msg` as the next event of a stream.
    public fun emit_event<T: drop + store>(handle_ref: &mut EventHandle<T>, msg: T) {
        write_handle_event<T>(
            guid::creator_address(&handle_ref.guid),
            guid::creation_num(&handle_ref.guid),
            handle_ref.counter,
            msg
        );
        handle_ref.counter += 1;
    }

    #[deprecated]
    /// The identifier of a stream.
    public fun guid<T: drop + store>(handle_ref: &EventHandle<T>): &GUID {
        &handle_ref.guid
    }

    #[deprecated]
    /// Number of events in a stream.
    public fun counter<T: drop + store>(handle_ref: &EventHandle<T>): u64 {
        handle_ref.counter
    }

    #[deprecated]
    /// Ends the life of a stream.
    public fun destroy_handle<T: drop + store>(handle: EventHandle<T>) {
        let EventHandle<T> { counter: _, guid: _ } = handle;
    }

    #[test_only]
    /// The events of a type that were emitted so far, first to last.
    public native fun emitted_events<T: drop + store>(): vector<T>;

    #[test_only, deprecated]
    /// The events of a stream that were emitted so far, first to last.
    public fun emitted_events_by_handle<T: drop + store>(handle: &EventHandle<T>): vector<T> {
        emitted_handle_events<T>(guid::creator_address(&handle.guid), guid::creation_num(&handle.guid))
    }

    #[test_only]
    /// Whether an event equal to `msg` was emitted.
    public fun was_event_emitted<T: drop + store>(msg: &T): bool {
        emitted_events<T>().contains(msg)
    }

    #[test_only, deprecated]
    /// Whether an event equal to `msg` was emitted in a stream.
    public fun was_event_emitted_by_handle<T: drop + store>(
        handle: &EventHandle<T>, msg: &T
    ): bool {
        emitted_events_by_handle(handle).contains(msg)
    }

    native fun write_event<T: drop + store>(msg: T);
    native fun write_handle_event<T: drop + store>(
        creator: address, creation_num: u64, sequence_number: u64, msg: T
    );
    #[test_only]
    native fun emitted_handle_events<T: drop + store>(creator: address, creation_num: u64): vector<T>;
}
