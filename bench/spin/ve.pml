/*
 * The property no-ve, modelled by hand: vCPUs touch one page while the host changes the EPT entry that maps it.
 * What a processor or the hypervisor does without being seen is one step; each write of the entry is a step of its own.
 *
 * -DVCPUS=n          the number of vCPUs [2]
 * -DZAP_WRITES_ZERO  the second half of an atomic zap writes 0, not the non-present value: bit 63 is lost
 */
#ifndef VCPUS
#define VCPUS 2
#endif
#ifdef ZAP_WRITES_ZERO
#define AFTER_ZAP 0
#else
#define AFTER_ZAP 1
#endif

mtype = { nonpresent, mapped, writeProtected, frozen, accessTracked, mmio };

mtype entry = nonpresent;
bit suppress = 1;        /* bit 63 of the entry */
bit accessed, dirty;     /* its flags, if EPT accessed and dirty flags are on */
bit flags;               /* whether they are */
bit slot = 1;            /* whether there is memory behind the page; else it is MMIO */
bit logging, logged;     /* dirty logging: whether it is on, and the page's bit */
bit excluded;            /* the host holds the lock: faults wait */

inline write(state, bit63) { entry = state; suppress = bit63; accessed = 0; dirty = 0 }

proctype vcpu()
{
    bit writes;
    mtype old;

again:
    if
    :: writes = 0
    :: writes = 1
    fi;

access:
    atomic {
        if
        :: entry == mapped -> accessed = flags; dirty = flags && (dirty || writes); goto again
        :: entry == writeProtected && !writes -> accessed = flags; goto again
        :: entry == mmio -> goto again         /* a misconfiguration: it exits, and is never converted */
        :: else -> assert(suppress)            /* an EPT violation: with bit 63 = 0 it is #VE */
        fi
    }

    atomic { !excluded -> old = entry }        /* the exit's handler reads the entry, and changes it by compare-and-exchange */
    atomic {
        if
        :: excluded || entry != old -> skip
        :: else ->
            if
            :: old == nonpresent && !slot -> write(mmio, 1)
            :: old == nonpresent && slot && logging && !writes -> write(writeProtected, 1)
            :: old == nonpresent && slot && !(logging && !writes) -> logged = logged || logging; write(mapped, 1)
            :: old == writeProtected && writes -> logged = logged || logging; entry = mapped
            :: old == accessTracked -> entry = writeProtected /* write permission is not saved, and comes back by a fault */
            :: else -> skip                    /* frozen, or another vCPU has mended it: try again */
            fi
        fi;
        old = nonpresent
    }
    goto access
}

inline zapAtomically()
{
    if
    :: atomic { entry != nonpresent -> write(frozen, 1) };
       atomic { write(nonpresent, AFTER_ZAP) }
    :: entry == nonpresent
    fi
}

inline protect()
{
    atomic { if :: entry == mapped -> entry = writeProtected :: else fi }
}

inline zap()
{
    excluded = 1;
    atomic { write(nonpresent, 1) };
    excluded = 0
}

proctype host()
{
    do
    :: slot -> zap()
    :: slot -> zapAtomically()
    :: slot && !logging -> logging = 1; protect()
    :: slot && logging -> logged = 0; protect()
    :: slot && logging -> logging = 0; logged = 0; if :: entry == writeProtected -> zapAtomically() :: else fi
    :: slot && flags -> accessed = 0
    :: slot && !flags -> atomic { if :: entry == mapped || entry == writeProtected -> entry = accessTracked :: else fi }
    :: slot -> slot = 0; logging = 0; logged = 0; zap()
    :: !slot -> slot = 1; zap()
    od
}

init
{
    byte i;
    if
    :: flags = 0
    :: flags = 1
    fi;
    atomic {
        run host();
        for (i : 1 .. VCPUS) { run vcpu() }
    }
}
