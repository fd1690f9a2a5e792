using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>Random sequences of interrupts, acknowledgements, ends and task priorities, against lists that are searched anew each time.</summary>
[Manual("3A", "11.8", "Handling Interrupts")]
public class PriorityModelTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void The_APIC_does_what_the_lists_do(bool x2)
    {
        var random = new Random(20);
        LocalApic apic = new ApicFixture(1, x2).Apics[0];
        HashSet<int> requested = [], inService = [];
        int task = 0;
        for (int step = 0; step < 20_000; step++)
        {
            switch (random.Next(4))
            {
                case 0:
                    var vector = (byte)random.Next(16, 256);
                    apic.Receive(new ApicMessage(DeliveryMode.Fixed, vector));
                    requested.Add(vector);
                    break;
                case 1:
                    task = random.Next(256);
                    apic.TaskPriority = (byte)task;
                    break;
                case 2:
                    apic.Set(ApicRegister.EndOfInterrupt, 0);
                    if (inService.Count != 0) inService.Remove(inService.Max());
                    break;
                default:
                    if (Deliverable() is not { } best) break;
                    Assert.Equal(best, apic.AcknowledgeInterrupt().Vector);
                    requested.Remove(best);
                    inService.Add(best);
                    break;
            }

            Assert.Equal(Deliverable() is not null, apic.HasDeliverableInterrupt);
            int service = inService.Count == 0 ? 0 : inService.Max() / 16;
            Assert.Equal(task / 16 >= service ? task : service * 16, (int)apic.Get(ApicRegister.ProcessorPriority));
        }

        for (int vector = 0; vector < 256; vector++)
            Assert.Equal((requested.Contains(vector), inService.Contains(vector)), (apic.Requests((byte)vector), apic.Serves((byte)vector)));

        int? Deliverable()
        {
            IEnumerable<int> above = requested.Where(vector => vector / 16 > task / 16 && inService.All(other => vector / 16 > other / 16));
            return above.Any() ? above.Max() : null;
        }
    }
}
