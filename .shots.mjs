import { chromium } from 'playwright-core';
const base='http://127.0.0.1:5199/';
const browser=await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox']});
for(const dark of [false,true]) for(const width of [1280,420]){
  const context=await browser.newContext({viewport:{width,height:width===420?820:800},colorScheme:dark?'dark':'light'});
  const page=await context.newPage(); const tag=`${dark?'dark':'light'}-${width}`;
  await page.goto(base); await page.waitForTimeout(3000);
  await page.locator('#model-chooser').click(); await page.waitForTimeout(400);
  await page.screenshot({path:`/tmp/shot-menu-${tag}.png`});
  await page.getByRole('menuitem',{name:/nomic/}).click(); await page.waitForTimeout(400);
  await page.locator('.encoder input').click(); await page.waitForTimeout(500);
  await page.screenshot({path:`/tmp/shot-card-${tag}.png`});
  await page.keyboard.press('Escape'); await page.waitForTimeout(300);
  await page.locator('#model-chooser').click(); await page.waitForTimeout(300);
  await page.getByRole('menuitem',{name:/bge/}).click(); await page.waitForTimeout(300);
  if(width===420) await page.screenshot({path:`/tmp/shot-card2-${tag}.png`});
  await page.locator('.encoder input').click(); await page.waitForTimeout(300);
  await page.keyboard.press('Escape'); await page.waitForTimeout(300);
  if(width===420) await page.getByRole('button',{name:'Show conversations'}).first().click().catch(()=>{});
  await page.waitForTimeout(400);
  await page.getByRole('button',{name:/^Documents/}).first().click(); await page.waitForTimeout(800);
  await page.screenshot({path:`/tmp/shot-room-${tag}.png`});
  await context.close();
}
await browser.close();
